import { auditLog, type Database, receivers } from '@tickwatch/db'
import { receiverKeys, storeReceiverKeys } from '../parts/receivers/keys.ts'
import { slackChannel } from '../parts/receivers/receivers.ts'
import type { LocalState } from './localState.ts'
import type { Secrets } from './secrets.ts'

export const receiverIds = {
  pagerduty: '00000000-0000-4000-8000-000000000001',
  slack: '00000000-0000-4000-8000-000000000002',
  webhook: '00000000-0000-4000-8000-000000000003',
  email: '00000000-0000-4000-8000-000000000004',
} as const

const setUp = { subject: 'local-set-up', name: 'Local set-up' }
const reason = 'Local platform set up'

/**
 * Keeps the receivers' keys in Secrets Manager, and adds the receivers and routes to a database that never had routes.
 * Otherwise nothing is changed, because people may have changed it. The references to keys stay the same.
 */
export async function seedReceivers(database: Database, state: LocalState, secrets: Secrets): Promise<void> {
  const keys = await storeReceiverKeys(state.addresses.aws, receiverKeys(secrets))
  const at = new Date()
  const to = ['on-call@tickwatch.example']
  const made = [
    {
      id: receiverIds.pagerduty,
      name: 'pagerduty',
      kind: 'pagerduty',
      settings: { routingKey: keys.pagerDuty, webhookSecret: keys.pagerDutyWebhook },
    },
    { id: receiverIds.slack, name: 'slack', kind: 'slack', settings: { token: keys.slack, channel: slackChannel } },
    {
      id: receiverIds.webhook,
      name: 'webhook',
      kind: 'webhook',
      settings: { url: `${state.addresses.receivers}/webhook`, secret: keys.webhook },
    },
    { id: receiverIds.email, name: 'mail', kind: 'email', settings: { to } },
  ] as const
  const any = { kinds: [], severities: [], slos: [], tenants: [] }
  const routes = [
    {
      ...any,
      name: 'Incidents',
      kinds: ['incident'],
      receivers: [receiverIds.pagerduty, receiverIds.slack, receiverIds.webhook],
    },
    { ...any, name: 'Changes', kinds: ['change'], receivers: [receiverIds.pagerduty] },
    { ...any, name: 'Notices', kinds: ['notice'], receivers: [receiverIds.email] },
  ]
  await database.platform(async (tx) => {
    if (await receivers.routes(tx)) return
    for (const { settings, ...receiver } of made) {
      await receivers.create(tx, { ...receiver, settings: { ...settings, kind: receiver.kind }, createdAt: at })
    }
    await receivers.appendRoutes(tx, { version: 1, createdAt: at, by: setUp, reason, routes })
    await auditLog.append(tx, {
      ...{ occurredAt: at, actorKind: 'system', actor: setUp.subject, actorName: setUp.name, reason },
      ...{ action: 'notificationRoutes.set', tenantId: null, target: 'version 1', before: null, after: { routes } },
      ...{ requestId: null, source: null },
    })
  })
}
