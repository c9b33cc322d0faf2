import { expect, it } from 'vitest'
import { alertmanagerDefinition } from './incident.definition.ts'
import { alertsOfMessage } from './poller.ts'

const topic = 'arn:aws:sns:eu-central-1:123456789012:tickwatch-alerts'
const times = { groupWaitSeconds: 1, groupIntervalSeconds: 5, repeatIntervalSeconds: 14_400 }

it('the definition groups by tenant and SLO, and sends all to one topic', () => {
  const { alertmanager_config: inner } = JSON.parse(alertmanagerDefinition(topic))
  expect(JSON.parse(inner)).toMatchObject({
    route: {
      receiver: 'tickwatch',
      group_by: ['tenant', 'slo'],
      group_wait: '1s',
      group_interval: '5s',
      repeat_interval: '4h',
    },
    receivers: [{ name: 'tickwatch', sns_configs: [{ topic_arn: topic, sigv4: { region: 'eu-central-1' } }] }],
  })
})

it.each([
  ['a topic that is FIFO', `${topic}.fifo`, times, 'standard SNS topic'],
  ['no topic', 'tickwatch-alerts', times, 'standard SNS topic'],
  ['a repeat that AMP refuses', topic, { ...times, repeatIntervalSeconds: 6 * 86_400 }, 'at most 5 days'],
  ['an interval after which resolves are dropped', topic, { ...times, groupIntervalSeconds: 28_801 }, 'drops resolves'],
])('a definition with %s is refused before it is put', (_what, arn, when, why) => {
  expect(() => alertmanagerDefinition(arn, when)).toThrow(why)
})

const alert = { fingerprint: '0123456789abcdef', status: 'firing', startsAt: '2026-11-29T12:00:00.000Z', labels: {} }
const body = (inner: unknown) =>
  JSON.stringify({ Type: 'Notification', Message: typeof inner === 'string' ? inner : JSON.stringify(inner) })
it.each<[what: string, text: string, count: number | null]>([
  ['whole', body({ version: '4', alerts: [alert] }), 1],
  ['with alerts left out', body({ version: '4', truncatedAlerts: 2, alerts: [alert] }), null],
  ['cut off', body(JSON.stringify({ version: '4', alerts: [alert] }).slice(0, 90)), null],
  ['replaced by AMP', body('Message body contains invalid UTF-8'), null],
  ['of another sender', '{}', null],
  ['not JSON', 'hello', null],
])('a message that is %s', (_what, text, count) => {
  expect(alertsOfMessage(text)?.length ?? null).toBe(count)
})
