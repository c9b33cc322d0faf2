// An alert's whole way: a rule in Prometheus, Alertmanager, SNS, SQS, the API's process, an incident, the outbox, PagerDuty.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { alerts } from '@tickwatch/db'
import { expect, it } from 'vitest'
import { alertsTopicArn } from '../../../../../local/src/parts/aws/awsBootstrap.ts'
import { tools } from '../../../../../local/src/process/tools.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { alertLabels, hasAlertmanager, step, useAlertPath } from '../../../../../local/src/testing/useAlertPath.ts'
import { alertmanagerConfig } from './incident.definition.ts'
import { fingerprintOf } from './shortAlerts.ts'

// Alerts of no SLO resolve without evidence of the metrics store; those of one have it in another test.
const at = useAlertPath(useTestDatabase())
const withAlertmanager = it.skipIf(!hasAlertmanager)
const minutes = 60_000

withAlertmanager(
  'a rule that fires opens an incident and pages, and both resolve although SQS was away meanwhile',
  async () => {
    at.start()
    await at.putRules({ First: 'fires' })
    await at.firesInPrometheus('First')
    await step('the incident is open', async () => {
      expect(await at.found('First')).toMatchObject([{ state: 'open', tenants: ['acme'] }])
    })
    const [{ number } = expect.fail('there is none')] = await at.found('First')
    await step('PagerDuty has it', () => expect(at.inPagerDuty(number)).toEqual(['triggered']))
    const labels = { alertname: 'First', ...alertLabels }
    const [receipt] = await at
      .db()
      .platform((tx) => alerts.knownOf(tx, [{ fingerprint: fingerprintOf(labels), startsAt: new Date(0) }]))
    expect(receipt?.labels).toEqual(labels)

    await at.sqs().leave()
    await at.putRules({ First: 'ended' })
    await step('the news of its end wait in SQS', async () => expect((await at.waiting()).visible).toBeGreaterThan(0))
    expect(await at.found('First')).toMatchObject([{ state: 'open' }])
    at.sqs().comeBack()
    await step('the incident is resolved', async () => {
      expect(await at.found('First')).toMatchObject([{ state: 'resolved' }])
    })
    expect(await at.told(number)).toEqual(['opened', 'resolved'])
    await step('PagerDuty resolved it', () => expect(at.inPagerDuty(number)).toEqual(['resolved']))
  },
  3 * minutes,
)

withAlertmanager(
  'a message that can’t be read makes the API ask AMP, and is in the dead-letter queue',
  async () => {
    await at.putRules({ Second: 'fires' })
    await step('the incident is open', async () => expect(await at.found('Second')).toMatchObject([{ state: 'open' }]))
    await at.sqsCall('SendMessage', {
      MessageBody: JSON.stringify({ Type: 'Notification', Message: '{"version":"4","alerts":[{"fi' }),
    })
    await step('it is in the dead-letter queue, and in no other', async () => {
      expect((await at.waiting(at.deadQueueUrl())).visible).toBe(1)
      expect(await at.waiting()).toEqual({ visible: 0, received: 0 })
    })
    const [second = expect.fail('there is none')] = await at.found('Second')
    expect(await at.events(second.id)).toEqual(['opened', 'alertFired'])
  },
  2 * minutes,
)

it.skipIf(!tools().amtool)('amtool accepts the configuration', () => {
  const { command, args, env } = tools().amtool ?? { command: '', args: [], env: {} }
  const dir = mkdtempSync(join(tmpdir(), 'tickwatch-amtool-'))
  const file = join(dir, 'check.yml')
  writeFileSync(file, JSON.stringify(alertmanagerConfig(alertsTopicArn)))
  const said = execFileSync(command, [...args, 'check-config', file], { env: { ...process.env, ...env } })
  rmSync(dir, { recursive: true })
  expect(said.toString()).toContain('SUCCESS')
})
