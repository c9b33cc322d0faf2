// From an alert to the queue through the real Alertmanager, as AMP does it: SNS, then SQS.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createActiveAlerts, createAlertmanagerDefinition, createAlertQueue } from '@tickwatch/aws'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { tools } from '../../process/tools.ts'
import { startAlertmanager } from '../alertmanager/alertmanager.ts'
import { alertsQueueUrl, alertsTopicArn, prepareAws } from '../aws/awsBootstrap.ts'
import { startMiniStack } from '../aws/ministack.ts'
import { startPrometheus } from '../prometheus/prometheus.ts'
import { startAmp } from './amp.ts'
import { accessKey, region, workspaceId } from './ampTestServer.ts'

const stops: (() => Promise<void>)[] = []
let dir: string
let alertmanagerUrl: string
let endpoint: string
let queueUrl: string

const definition = (sns: object, route: object = {}) =>
  JSON.stringify({
    alertmanager_config: JSON.stringify({
      route: { receiver: 'tickwatch', group_by: ['slo'], group_wait: '1s', group_interval: '2s', ...route },
      receivers: [
        {
          name: 'tickwatch',
          sns_configs: [
            { topic_arn: alertsTopicArn, sigv4: { region }, message: '{{ len .Alerts }} of {{ .Status }}', ...sns },
          ],
        },
      ],
    }),
  })

// Where Alertmanager can't be had, nothing of this can be tested.
const withAlertmanager = tools().alertmanager ? it : it.skip

beforeAll(async () => {
  if (!tools().alertmanager) return
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-alertmanager-'))
  const within = (name: string) => join(dir, name)
  const [ministack, alertmanager, prometheus] = await Promise.all([
    startMiniStack({ dir: within('aws') }),
    startAlertmanager({ dir: within('alertmanager') }),
    startPrometheus({ dir: within('prometheus') }),
  ])
  await prepareAws(ministack.url, within('keys.pem'))
  const amp = await startAmp({
    ...{ port: 0, prometheusUrl: prometheus.url, region, workspaceId, rulesDir: prometheus.rulesDir },
    accessKeys: { [accessKey.id]: accessKey.secret },
    alertmanager: {
      url: alertmanager.url,
      dir: within('alertmanager'),
      sns: { url: ministack.url, accessKey: accessKey.id, secretKey: accessKey.secret },
    },
  })
  stops.push(amp.stop, alertmanager.stop, prometheus.stop, ministack.stop)
  alertmanagerUrl = alertmanager.url
  endpoint = `${amp.url}/workspaces/${workspaceId}`
  queueUrl = alertsQueueUrl(ministack.url)
  vi.stubEnv('AWS_REGION', region)
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKey.id)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', accessKey.secret)
  vi.stubEnv('AWS_ENDPOINT_URL', ministack.url)
  vi.stubEnv('AWS_ENDPOINT_URL_AMP', amp.url)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  for (const stop of stops) await stop()
  if (dir) await rm(dir, { recursive: true, force: true })
})

withAlertmanager('an alert gets through Alertmanager, SNS and SQS to our adapter, and AMP lists it', async () => {
  const alertmanager = createAlertmanagerDefinition(workspaceId)
  expect(await alertmanager.get()).toBeNull()
  await alertmanager.put(definition({}))
  expect(await alertmanager.get()).toBe(definition({}))

  const alert = { labels: { alertname: 'SloBurnPage', slo: 'freshness' }, startsAt: new Date().toISOString() }
  const body = JSON.stringify([alert])
  const headers = { 'content-type': 'application/json' }
  expect((await fetch(`${alertmanagerUrl}/api/v2/alerts`, { method: 'POST', headers, body })).status).toBe(200)
  const queue = createAlertQueue(queueUrl)
  const [message] = await queue.receive(AbortSignal.timeout(30_000))
  expect(JSON.parse(message?.body ?? '{}')).toMatchObject({ Type: 'Notification', Message: '1 of firing' })
  const active = createActiveAlerts(endpoint)
  expect(await active.list()).toMatchObject([
    { labels: alert.labels, fingerprint: expect.stringMatching(/^[0-9a-f]+$/) },
  ])
  await active.close()

  expect(await queue.deadLetters()).toBe(0)
  if (message) await queue.giveUp(message)
  expect(await queue.deadLetters()).toBe(1)
})

withAlertmanager.each([
  ['an address of SNS', { api_url: 'http://127.0.0.1:1' }, {}, 'api_url is not allowed'],
  ['no region', { sigv4: {} }, {}, 'sigv4.region is required'],
  ['a repeat of more than 5 days', {}, { repeat_interval: '6d' }, 'at most 5 days'],
  ['a route to nobody', {}, { receiver: 'nobody' }, 'undefined receiver'],
])('a definition with %s is refused with the reason, and the one before stays', async (_what, sns, route, why) => {
  const alertmanager = createAlertmanagerDefinition(workspaceId)
  await expect(alertmanager.put(definition(sns, route))).rejects.toThrow(why)
  const status = await fetch(`${alertmanagerUrl}/api/v2/status`)
  expect(await status.text()).toContain(alertsTopicArn)
})
