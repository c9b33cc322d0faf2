import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createAlertmanagerDefinition, createMetricsQuery, createRuleGroups } from '@tickwatch/aws'
import { type Database, incidents, openDatabase, outbox } from '@tickwatch/db'
import { afterAll, beforeAll, expect, vi } from 'vitest'
import { certificates, temporaryFolder } from '../../../apps/api/src/testing/fixtures.ts'
import { createTestOutbox } from '../../../apps/api/src/testing/outbox.ts'
import { seedTenant } from '../../../apps/api/src/testing/testApi.ts'
import { startAlertmanager } from '../parts/alertmanager/alertmanager.ts'
import { startAmp } from '../parts/amp/amp.ts'
import { accessKey, region, workspaceId } from '../parts/amp/ampTestServer.ts'
import {
  alertsQueueUrl,
  alertsTopicArn,
  auditBucket,
  callMiniStack,
  policyBucket,
  policyKeyAlias,
  prepareAws,
} from '../parts/aws/awsBootstrap.ts'
import { startMiniStack } from '../parts/aws/ministack.ts'
import { openCertificateAuthority } from '../parts/pki.ts'
import { startPrometheus } from '../parts/prometheus/prometheus.ts'
import { storeReceiverKeys } from '../parts/receivers/keys.ts'
import { type Receivers, startReceivers } from '../parts/receivers/receivers.ts'
import { root, tools } from '../process/tools.ts'
import { startSqsProxy } from './sqsProxy.ts'

/** Where Alertmanager can't be had, nothing of the way can be tested. */
export const hasAlertmanager = Boolean(tools().alertmanager)
const main = join(root, 'apps/api/src/main.ts')

/** The labels of each alert. The last one is text that JSON escapes. */
export const alertLabels = { severity: 'page', tenant: 'acme', place: 'Köln "west" \\ 1' }

/** Waits for one step of the way, and names it if it does not come. */
export async function step(what: string, check: () => Promise<void> | void, seconds = 30): Promise<void> {
  try {
    await vi.waitFor(check, { timeout: seconds * 1_000, interval: 50 })
  } catch (cause) {
    throw new Error(`${what}: not within ${seconds} s. ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

/**
 * The way of an alert with real parts: Prometheus, Alertmanager, MiniStack’s SNS and SQS, the API’s process, Postgres, and a
 * server that speaks PagerDuty’s protocol.
 */
export function useAlertPath(urls: Parameters<typeof openDatabase>[0]) {
  const folder = temporaryFolder()
  const within = (name: string) => join(folder.dir, name)
  const stops: (() => Promise<unknown>)[] = []
  let db: Database
  let awsUrl: string
  let prometheusUrl: string
  let alertmanagerUrl: string
  let sqs: Awaited<ReturnType<typeof startSqsProxy>>
  let receivers: Receivers
  let receiverId: string
  let env: NodeJS.ProcessEnv
  let api: ChildProcess | undefined

  const sqsCall = <T>(action: string, input: object, queueUrl = alertsQueueUrl(awsUrl)) =>
    callMiniStack<T>(awsUrl, `AmazonSQS.${action}`, { QueueUrl: queueUrl, ...input })

  beforeAll(async () => {
    if (!hasAlertmanager) return
    db = openDatabase(urls)
    await seedTenant(db, 'acme')
    const [ministack, alertmanager, pki] = await Promise.all([
      startMiniStack({ dir: within('aws') }),
      startAlertmanager({ dir: within('alertmanager') }),
      openCertificateAuthority(folder.dir).then(certificates),
    ])
    stops.push(alertmanager.stop, ministack.stop)
    const prometheus = await startPrometheus({
      dir: within('prometheus'),
      alertmanager: new URL(alertmanager.url).host,
    })
    stops.unshift(prometheus.stop)
    awsUrl = ministack.url
    prometheusUrl = prometheus.url
    alertmanagerUrl = alertmanager.url
    await prepareAws(awsUrl, within('keys.pem'))
    const amp = await startAmp({
      ...{ port: 0, prometheusUrl, region, workspaceId, rulesDir: prometheus.rulesDir },
      accessKeys: { [accessKey.id]: accessKey.secret },
      alertmanager: {
        ...{ url: alertmanager.url, dir: within('alertmanager') },
        sns: { url: awsUrl, accessKey: accessKey.id, secretKey: accessKey.secret },
      },
    })
    stops.unshift(amp.stop)
    sqs = await startSqsProxy(awsUrl, sqsCall)
    stops.unshift(sqs.stop)
    const keys = {
      ...{ pagerDutyRoutingKey: 'r'.repeat(32), pagerDutyWebhookSecret: 'x', slackToken: 'x', webhookSecret: 'whsec_' },
      mail: { user: 'u', pass: 'p' },
    }
    receivers = await startReceivers({ port: 0, smtpPort: 0, keys, pagerDutyWebhookUrl: 'http://127.0.0.1:9' })
    stops.unshift(receivers.stop)
    const { pagerDuty: routingKey } = await storeReceiverKeys(awsUrl, keys)
    receiverId = await createTestOutbox(db).receiver({ kind: 'pagerduty', routingKey, webhookSecret: null })

    const aws = { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKey.id, AWS_SECRET_ACCESS_KEY: accessKey.secret }
    for (const [name, value] of Object.entries({ ...aws, AWS_ENDPOINT_URL_AMP: amp.url })) vi.stubEnv(name, value)
    env = {
      ...{ PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE },
      ...{ API_PORT: '0', MACHINE_PORT: '0', OIDC_ISSUER: 'http://127.0.0.1:9', ...aws },
      ...{ AWS_ENDPOINT_URL: awsUrl, AWS_ENDPOINT_URL_SQS: sqs.url, AWS_ENDPOINT_URL_AMP: amp.url },
      ...{ LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'error' },
      ...{ AMP_ENDPOINT: `${amp.url}/workspaces/${workspaceId}`, AMP_WORKSPACE_ID: workspaceId },
      ...{ POLICY_BUCKET: policyBucket, AUDIT_BUCKET: auditBucket, POLICY_KMS_KEY_ID: policyKeyAlias },
      ...{ ALERTS_TOPIC_ARN: alertsTopicArn, ALERTS_QUEUE_URL: alertsQueueUrl(sqs.url) },
      PAGERDUTY_URL: receivers.pagerDutyUrl,
      ...{ DATABASE_URL_TENANT: urls.tenant, DATABASE_URL_PLATFORM: urls.platform, DATABASE_URL_WORKER: urls.worker },
      ...{ MACHINE_TLS_CERT_FILE: pki.server.cert, MACHINE_TLS_KEY_FILE: pki.server.key },
      MACHINE_CLIENT_CA_FILE: pki.caFile,
    }
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    api?.kill('SIGKILL')
    for (const stop of stops) await stop()
    await db?.close()
    folder.remove()
  })

  const start = () => {
    api = spawn(process.execPath, [main], { stdio: ['ignore', 'inherit', 'inherit'], env })
    return api
  }
  const listed = async (number: number) =>
    (await db.platform((tx) => outbox.list(tx, { receiverId, pageSize: 500 }))).items
      .toReversed()
      .filter(({ subject }) => subject === `inc-${number}/1`)

  return {
    start,
    kill: () => void api?.kill('SIGKILL'),
    /** Starts the API and waits until it was killed. */
    async dies(how: string): Promise<void> {
      try {
        await once(start(), 'exit', { signal: AbortSignal.timeout(30_000) })
      } catch (cause) {
        throw new Error(`the API was not killed ${how} within 30 s`, { cause })
      }
    },
    sqs: () => sqs,
    receivers: () => receivers,
    db: () => db,
    /** Replaces the rules, which are evaluated each second. Those that do not fire any more have ended. */
    async putRules(
      rules: Record<string, 'fires' | 'ended'>,
      labels: Record<string, string> = alertLabels,
    ): Promise<void> {
      const list = Object.entries(rules).map(([alert, state]) => {
        return { alert, expr: `vector(1) == ${state === 'fires' ? 1 : 2}`, labels }
      })
      const groups = [{ name: 'test', interval: '1s', rules: list }]
      await createRuleGroups(workspaceId).put('test', JSON.stringify({ groups }))
    },
    /** Gives Alertmanager another definition, which starts its groups again. Only while the API, which puts it back, is away. */
    putDefinition: (definition: string) => createAlertmanagerDefinition(workspaceId).put(definition),
    /** Waits until Alertmanager has an alert that fires, or, of one that it had, the end. */
    async isInAlertmanager(name: string, fires: boolean): Promise<void> {
      await step(`${name} ${fires ? 'fires' : 'ended'} in Alertmanager`, async () => {
        const answer = await fetch(`${alertmanagerUrl}/api/v2/alerts?filter=alertname="${name}"`)
        expect((await answer.json()) as unknown[]).toHaveLength(fires ? 1 : 0)
      })
    },
    metrics: () => createMetricsQuery(`${env.AMP_ENDPOINT}`),
    firesInPrometheus: (name: string) =>
      step(`${name} fires in Prometheus`, async () => {
        const answer = await fetch(
          `${prometheusUrl}/api/v1/query?query=ALERTS{alertname="${name}",alertstate="firing"}`,
        )
        expect(await answer.text()).toContain(`"${name}"`)
      }),
    /** How many messages are in the queue: those that wait, and those that were received and not deleted. */
    async waiting(queueUrl?: string): Promise<{ visible: number; received: number }> {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible']
      type Answer = { Attributes: Record<string, string> }
      const { Attributes } = await sqsCall<Answer>('GetQueueAttributes', { AttributeNames: names }, queueUrl)
      const [visible, received] = names.map((name) => Number(Attributes[name]))
      return { visible: visible ?? Number.NaN, received: received ?? Number.NaN }
    },
    deadQueueUrl: () => `${alertsQueueUrl(awsUrl)}-dead`,
    sqsCall,
    async found(alertName: string) {
      const { items } = await db.platform((tx) => incidents.list(tx, { pageSize: 100 }))
      return items.filter((incident) => incident.alertName === alertName)
    },
    events: async (id: string) => (await db.platform((tx) => incidents.timeline(tx, id, 100))).map(({ kind }) => kind),
    /** What was queued for PagerDuty about an incident. */
    told: async (number: number) => (await listed(number)).map(({ event }) => event),
    /** What PagerDuty has of an incident. */
    inPagerDuty: (number: number) =>
      receivers.pagerDuty.incidents.filter(({ key }) => key === `local/inc-${number}/1`).map(({ state }) => state),
  }
}
