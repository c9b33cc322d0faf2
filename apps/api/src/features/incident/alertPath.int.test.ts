// An alert's whole way: a rule in Prometheus, Alertmanager, SNS, SQS, the API's process, an incident and its message. SQS is
// away for a while, a message can't be read, and the process is killed between commit and delete.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createRuleGroups } from '@tickwatch/aws'
import { alerts, type Database, incidents, openDatabase, outbox } from '@tickwatch/db'
import { alertNames } from '@tickwatch/slo'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { startAlertmanager } from '../../../../../local/src/parts/alertmanager/alertmanager.ts'
import { startAmp } from '../../../../../local/src/parts/amp/amp.ts'
import { accessKey, region, workspaceId } from '../../../../../local/src/parts/amp/ampTestServer.ts'
import {
  alertsQueueUrl,
  alertsTopicArn,
  auditBucket,
  callMiniStack,
  policyBucket,
  policyKeyAlias,
  prepareAws,
} from '../../../../../local/src/parts/aws/awsBootstrap.ts'
import { startMiniStack } from '../../../../../local/src/parts/aws/ministack.ts'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { startPrometheus } from '../../../../../local/src/parts/prometheus/prometheus.ts'
import { tools } from '../../../../../local/src/process/tools.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { certificates, temporaryFolder } from '../../testing/fixtures.ts'
import { createTestOutbox } from '../../testing/outbox.ts'
import { seedTenant } from '../../testing/testApi.ts'
import { alertmanagerConfig } from './incident.definition.ts'
import { fingerprintOf } from './shortAlerts.ts'

const urls = useTestDatabase()
const folder = temporaryFolder()
const within = (name: string) => join(folder.dir, name)
const soon = { timeout: 40_000, interval: 50 }
const stops: (() => Promise<unknown>)[] = []
let db: Database
let api: ChildProcess
let start: () => ChildProcess
let awsUrl: string
let receiverId: string
/** What the API meets on its way to SQS. */
let sqs: 'there' | 'away' | 'kills at delete' = 'there'

// Where Alertmanager can't be had, nothing of this can be tested.
const withAlertmanager = tools().alertmanager ? it : it.skip

beforeAll(async () => {
  if (!tools().alertmanager) return
  db = openDatabase(urls)
  await seedTenant(db, 'acme')
  const [ministack, alertmanager, pki] = await Promise.all([
    startMiniStack({ dir: within('aws') }),
    startAlertmanager({ dir: within('alertmanager') }),
    openCertificateAuthority(folder.dir).then(certificates),
  ])
  const prometheus = await startPrometheus({ dir: within('prometheus'), alertmanager: new URL(alertmanager.url).host })
  awsUrl = ministack.url
  await prepareAws(awsUrl, within('keys.pem'))
  const amp = await startAmp({
    ...{ port: 0, prometheusUrl: prometheus.url, region, workspaceId, rulesDir: prometheus.rulesDir },
    accessKeys: { [accessKey.id]: accessKey.secret },
    alertmanager: {
      ...{ url: alertmanager.url, dir: within('alertmanager') },
      sns: { url: awsUrl, accessKey: accessKey.id, secretKey: accessKey.secret },
    },
  })
  const proxy = await sqsProxy()
  const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  stops.push(amp.stop, prometheus.stop, alertmanager.stop, ministack.stop)
  stops.push(() => new Promise((resolve) => proxy.close(resolve)))
  receiverId = await createTestOutbox(db).receiver({ kind: 'email', to: ['on-call@example.com'] })

  const aws = { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKey.id, AWS_SECRET_ACCESS_KEY: accessKey.secret }
  for (const [name, value] of Object.entries({ ...aws, AWS_ENDPOINT_URL_AMP: amp.url })) vi.stubEnv(name, value)
  const env = {
    ...{ PATH: process.env.PATH, API_PORT: '0', MACHINE_PORT: '0', OIDC_ISSUER: 'http://127.0.0.1:9', ...aws },
    ...{ AWS_ENDPOINT_URL: awsUrl, AWS_ENDPOINT_URL_AMP: amp.url, LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'error' },
    ...{ AMP_ENDPOINT: `${amp.url}/workspaces/${workspaceId}`, AMP_WORKSPACE_ID: workspaceId },
    ...{ POLICY_BUCKET: policyBucket, AUDIT_BUCKET: auditBucket, POLICY_KMS_KEY_ID: policyKeyAlias },
    ...{ ALERTS_TOPIC_ARN: alertsTopicArn, ALERTS_QUEUE_URL: alertsQueueUrl(proxyUrl) },
    ...{ DATABASE_URL_TENANT: urls.tenant, DATABASE_URL_PLATFORM: urls.platform, DATABASE_URL_WORKER: urls.worker },
    ...{ MACHINE_TLS_CERT_FILE: pki.server.cert, MACHINE_TLS_KEY_FILE: pki.server.key },
    MACHINE_CLIENT_CA_FILE: pki.caFile,
  }
  const main = join(import.meta.dirname, '..', '..', 'main.ts')
  // An alert that Prometheus could not send, because it has not found Alertmanager yet, is sent again after a minute.
  await vi.waitFor(async () => {
    const answer = await fetch(`${prometheus.url}/api/v1/alertmanagers`)
    expect(await answer.text()).toContain(new URL(alertmanager.url).host)
  }, soon)
  start = () => spawn(process.execPath, [main], { stdio: ['ignore', 'inherit', 'inherit'], env })
})
afterAll(async () => {
  vi.unstubAllEnvs()
  if (api) {
    api.kill('SIGKILL')
    await db.close()
  }
  for (const stop of stops) await stop()
  folder.remove()
})

/** Passes on what the API asks of SQS, or is away, or kills the API when it deletes a message. */
async function sqsProxy(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    if (sqs === 'away') return void request.socket.destroy()
    if (sqs === 'kills at delete' && String(request.headers['x-amz-target']).endsWith('.DeleteMessage')) {
      api.kill('SIGKILL')
      return void request.socket.destroy()
    }
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers
    try {
      const answer = await fetch(`${awsUrl}${request.url}`, {
        ...{
          method: request.method ?? 'POST',
          headers: headers as Record<string, string>,
          body: Buffer.concat(chunks),
        },
      })
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
      response.end(Buffer.from(await answer.arrayBuffer()))
    } catch {
      request.socket.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** Alerts of no SLO resolve without evidence of the metrics store; those of one have it in another test. */
const rule = (name: string, fires: boolean) => ({
  ...{ alert: name, expr: `vector(1) == ${fires ? 1 : 2}` },
  labels: { severity: 'page', tenant: 'acme' },
})
const putRules = (...rules: object[]) =>
  createRuleGroups(workspaceId).put('test', JSON.stringify({ groups: [{ name: 'test', interval: '1s', rules }] }))
const sqsCall = <T>(action: string, input: object) =>
  callMiniStack<T>(awsUrl, `AmazonSQS.${action}`, { QueueUrl: alertsQueueUrl(awsUrl), ...input })
const found = async (name: string) => {
  const { items } = await db.platform((tx) => incidents.list(tx, { pageSize: 100 }))
  return items.filter(({ alertName }) => alertName === name)
}
const told = async (number: number) => {
  const { items } = await db.platform((tx) => outbox.list(tx, { receiverId, pageSize: 500 }))
  return items
    .toReversed()
    .filter(({ subject }) => subject === `inc-${number}/1`)
    .map(({ event }) => event)
}
const eventsOf = async (id: string) =>
  (await db.platform((tx) => incidents.timeline(tx, id, 100))).map(({ kind }) => kind)

withAlertmanager(
  'an alert becomes an incident, and resolves also if SQS was away meanwhile',
  async () => {
    api = start()
    await putRules(rule('First', true))
    await vi.waitFor(
      async () => expect(await found('First')).toMatchObject([{ state: 'open', tenants: ['acme'] }]),
      soon,
    )
    const [{ number } = expect.fail('there is none')] = await found('First')
    expect(await told(number)).toEqual(['opened'])
    const labels = { alertname: 'First', severity: 'page', tenant: 'acme' }
    const [receipt] = await db.platform((tx) =>
      alerts.knownOf(tx, [{ fingerprint: fingerprintOf(labels), startsAt: new Date(0) }]),
    )
    expect(receipt?.labels).toEqual(labels)

    sqs = 'away'
    await putRules(rule('First', false))
    await vi.waitFor(async () => {
      const { Attributes } = await sqsCall<{ Attributes: Record<string, string> }>('GetQueueAttributes', {
        AttributeNames: ['ApproximateNumberOfMessages'],
      })
      expect(Number(Attributes.ApproximateNumberOfMessages)).toBeGreaterThan(0)
    }, soon)
    expect(await found('First')).toMatchObject([{ state: 'open' }])
    sqs = 'there'
    await vi.waitFor(async () => expect(await found('First')).toMatchObject([{ state: 'resolved' }]), soon)
    expect(await told(number)).toEqual(['opened', 'resolved'])
  },
  120_000,
)

withAlertmanager(
  'a message that can’t be read makes the API ask AMP, and is in the dead-letter queue',
  async () => {
    await putRules(rule('Second', true))
    await vi.waitFor(async () => expect(await found('Second')).toMatchObject([{ state: 'open' }]), soon)
    await sqsCall('SendMessage', {
      MessageBody: JSON.stringify({ Type: 'Notification', Message: '{"version":"4","alerts":[{"fi' }),
    })
    await vi.waitFor(async () => {
      const { Attributes } = await callMiniStack<{ Attributes: Record<string, string> }>(
        awsUrl,
        'AmazonSQS.GetQueueAttributes',
        {
          QueueUrl: `${alertsQueueUrl(awsUrl)}-dead`,
          AttributeNames: ['ApproximateNumberOfMessages'],
        },
      )
      expect(Attributes.ApproximateNumberOfMessages).toBe('1')
    }, soon)
    const [second = expect.fail('there is none')] = await found('Second')
    expect(await eventsOf(second.id)).toEqual(['opened', 'alertFired'])
  },
  120_000,
)

withAlertmanager(
  'a process that is killed between commit and delete loses nothing and doubles nothing',
  async () => {
    sqs = 'kills at delete'
    await putRules(rule('Second', true), rule(alertNames.page, true))
    await once(api, 'exit')
    sqs = 'there'
    const [third = expect.fail('it was not committed')] = await found(alertNames.page)
    // The message is hidden for 30 s after it was received. This is as if they had passed.
    api = start()
    await putRules(rule('Second', true), rule(alertNames.page, false))
    await vi.waitFor(async () => expect(await found(alertNames.page)).toMatchObject([{ state: 'resolved' }]), soon)
    expect(await eventsOf(third.id)).toEqual(['opened', 'alertFired', 'alertResolved', 'resolved'])
    expect(await told(third.number)).toEqual(['opened', 'resolved'])
  },
  120_000,
)

it.skipIf(!tools().amtool)('amtool accepts the configuration', () => {
  const { command, args, env } = tools().amtool ?? { command: '', args: [], env: {} }
  const file = within('check.yml')
  writeFileSync(file, JSON.stringify(alertmanagerConfig(alertsTopicArn)))
  const said = execFileSync(command, [...args, 'check-config', file], { env: { ...process.env, ...env } })
  expect(said.toString()).toContain('SUCCESS')
})
