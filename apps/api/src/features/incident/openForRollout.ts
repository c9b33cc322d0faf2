import { randomUUID } from 'node:crypto'
import { alerts, type Incident, type IncidentEvent, incidents, type PlatformTx, type RolloutBrief } from '@tickwatch/db'
import type { NotificationQueue } from '../notification/queue.ts'
import { rolloutAlerts, rolloutLabel } from './incident.words.ts'
import { tell } from './receiveAlerts.ts'
import { tellPages } from './tellPages.ts'

/**
 * Opens an incident because a rollout undid itself, or could not. It is of no SLO and no alert fires for it, so a person resolves it.
 * @param became *rollback failed* pages: nobody touches the groups any more. *rolled back* is a ticket: they run what they ran before.
 */
export async function openForRollout(
  tx: PlatformTx,
  queue: NotificationQueue,
  { id, number, environment, image }: RolloutBrief,
  became: keyof typeof rolloutAlerts,
  now: Date,
): Promise<void> {
  await alerts.lockIntake(tx)
  const incident: Incident = {
    ...{ id: randomUUID(), key: `rollout ${id}`, owner: '', slo: null, alertName: rolloutAlerts[became] },
    labels: { [rolloutLabel]: String(number), image: `${image.name} ${image.version}`, environment },
    ...{ severity: became === 'rollback failed' ? 'page' : 'ticket', state: 'open', episode: 1, blind: false },
    ...{ openedAt: now, beganAt: now, resolvedAt: null },
  }
  const event: IncidentEvent = {
    ...{ incidentId: incident.id, tenantId: null, episode: 1, at: now, kind: 'opened' },
    ...{ alert: null, by: null, text: null },
  }
  await incidents.save(tx, { created: [incident], updated: [], tenants: [], events: [event] })
  await tellPages(tx, [event])
  await tell(tx, queue, [event], now)
}
