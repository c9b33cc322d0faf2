import { randomUUID } from 'node:crypto'
import {
  type Alert,
  alerts as alertStore,
  type Database,
  type Incident,
  type IncidentEvent,
  incidents,
  type PlatformTx,
  type StoredIncident,
  type Suspect,
} from '@tickwatch/db'
import type { News, NotificationQueue } from '../notification/queue.ts'
import { quietMs, takeIn } from './incident.intake.ts'
import { newsOf, openedText } from './incident.words.ts'
import { sloTitles } from './sloTitles.ts'
import { tellPages } from './tellPages.ts'
import { whatChanged } from './whatChanged.ts'

/** So many in one transaction, because it holds up all others. */
const atOnce = 1_000

/**
 * Stores news about alerts, opens and reopens their incidents, and queues what receivers are told, in the same transaction.
 * Twice is the same as once, in any order and in any number of processes.
 * @param source `amp`, or the name of a webhook's token
 */
export async function receiveAlerts(
  db: Database,
  queue: NotificationQueue,
  alerts: readonly Alert[],
  source: string,
): Promise<void> {
  for (let i = 0; i < alerts.length; i += atOnce) {
    await db.platform((tx) => receive(tx, queue, alerts.slice(i, i + atOnce), source))
  }
}

async function receive(
  tx: PlatformTx,
  queue: NotificationQueue,
  alerts: readonly Alert[],
  source: string,
): Promise<void> {
  await alertStore.lockIntake(tx)
  const now = new Date()
  const known = {
    receipts: await alertStore.knownOf(tx, alerts),
    incidents: await incidents.recent(tx, new Date(now.getTime() - quietMs)),
  }
  const intake = takeIn(alerts, known, { now, source, newId: randomUUID })
  // Alertmanager repeats what it said: most messages have nothing new.
  if (intake.receipts.length === 0) return
  await incidents.save(tx, intake)
  await alertStore.record(tx, intake.receipts, intake.ended)
  if (intake.events.length > 0) await tellPages(tx, intake.events)
  await tell(tx, queue, intake.events, now)
}

const tells = {
  opened: 'opened',
  reopened: 'opened',
  raised: 'updated',
  blind: 'updated',
  sighted: 'updated',
  resolved: 'resolved',
} as const
type Told = keyof typeof tells
const isTold = (event: IncidentEvent): event is IncidentEvent & { kind: Told } => event.kind in tells

const textOf = (kind: Told, incident: StoredIncident): string => {
  if (kind === 'opened' || kind === 'reopened') return openedText(incident)
  return {
    raised: 'It was a ticket and pages now.',
    blind: 'There is no data any more, so nobody knows whether the harm has ended.',
    sighted: 'There are data again.',
    resolved: 'Its alerts ended.',
  }[kind]
}

/** Queues what happened, in its order. It looks for the suspect of each episode that begins. */
export async function tell(
  tx: PlatformTx,
  { queue }: NotificationQueue,
  events: readonly IncidentEvent[],
  now: Date,
): Promise<void> {
  const told = events.filter(isTold)
  if (told.length === 0) return
  const found = new Map(
    (
      await incidents.byIds(
        tx,
        told.map(({ incidentId }) => incidentId),
      )
    ).map((one) => [one.id, one]),
  )
  for (const id of new Set(told.filter(({ kind }) => tells[kind] === 'opened').map(({ incidentId }) => incidentId))) {
    const incident = found.get(id)
    if (!incident) continue
    const suspect = await suspectOf(tx, incident)
    await incidents.setSuspect(tx, id, suspect)
    found.set(id, { ...incident, suspect })
  }
  const titles = await sloTitles(tx, [...found.values()])
  const news = told.flatMap(({ incidentId, kind }): News[] => {
    const incident = found.get(incidentId)
    return incident ? [newsOf(incident, tells[kind], { text: textOf(kind, incident), by: null, at: now }, titles)] : []
  })
  await queue(tx, news, now)
}

async function suspectOf(tx: PlatformTx, incident: Incident & { tenants: readonly string[] }): Promise<Suspect | null> {
  const [first] = await whatChanged(tx, incident)
  return first ? { change: first.title, why: first.why } : null
}
