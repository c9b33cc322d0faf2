import { type Database, openDatabase } from '@tickwatch/db'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { ReceiverSettings } from '../../../apps/api/src/features/notification/notification.types.ts'
import { createSend, type Send } from '../../../apps/api/src/features/notification/sending/send.ts'
import { createMemorySecrets } from '../../../apps/api/src/testing/memoryAws.ts'
import { createTestOutbox } from '../../../apps/api/src/testing/outbox.ts'
import { type Receivers, slackChannel, startReceivers } from '../parts/receivers/receivers.ts'

/** An outbox on the database of a test file, and for each test new servers that speak the receivers' protocols. */
export function useReceivers(urls: Parameters<typeof openDatabase>[0]) {
  const keys = {
    pagerDutyRoutingKey: 'r'.repeat(32),
    pagerDutyWebhookSecret: 'hook',
    slackToken: 'xoxb-test',
    webhookSecret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
    mail: { user: 'tickwatch', pass: 'secret' },
  }
  const secrets = createMemorySecrets()
  const settings = {
    pagerduty: { kind: 'pagerduty', routingKey: secrets.set('pd', keys.pagerDutyRoutingKey), webhookSecret: null },
    slack: { kind: 'slack', token: secrets.set('slack', keys.slackToken), channel: slackChannel },
    webhook: { kind: 'webhook', url: 'http://127.0.0.1', secret: secrets.set('hook', keys.webhookSecret) },
    email: { kind: 'email', to: ['on-call@example.com'] },
  } as const satisfies Record<string, ReceiverSettings | object>
  const mailSecret = secrets.set('mail', JSON.stringify(keys.mail))
  let db: Database
  let servers: Receivers
  let send: Send
  let box: ReturnType<typeof createTestOutbox>

  beforeAll(async () => {
    db = openDatabase(urls)
  })
  afterAll(() => db.close())
  beforeEach(async () => {
    servers = await startReceivers({ port: 0, smtpPort: 0, keys, pagerDutyWebhookUrl: 'http://127.0.0.1:9' })
    send = createSend({
      ...{ secrets: secrets.store, portalUrl: 'https://tickwatch.example', pagerDutyUrl: servers.pagerDutyUrl },
      slackUrl: servers.slackUrl,
      mail: { url: servers.smtpUrl, from: 'tickwatch@example.com', secret: mailSecret },
    })
    box = createTestOutbox(db)
    secrets.state.away = false
    return () => servers.stop()
  })

  return {
    keys,
    secrets,
    settings,
    get servers() {
      return servers
    },
    get box() {
      return box
    },
    get send() {
      return send
    },
    receiver: (kind: keyof typeof settings) =>
      box.receiver(
        kind === 'webhook' ? { ...settings.webhook, url: servers.webhookUrl } : (settings[kind] as ReceiverSettings),
      ),
    /** Of a receiver's messages, oldest first. */
    states: async (id: string) => (await box.messages(id)).map(({ state }) => state),
    whats: () => servers.inbox.kept.map(({ what }) => what),
    roots: () => servers.slack.messages.filter(({ threadTs }) => threadTs === null),
  }
}
