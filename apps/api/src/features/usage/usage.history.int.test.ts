// The queries on a real Prometheus behind the AMP stand-in. The tests write the metrics as the platform's agent does.
import { createAlertRules, createMetricsQuery, createRemoteWriter } from '@tickwatch/aws'
import { answerWithinMs } from '@tickwatch/policy'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Amp, startAmp } from '../../../../../local/src/parts/amp/amp.ts'
import { sampleSeries, snappyLiteral, writeRequest } from '../../../../../local/src/parts/amp/ampTestRequest.ts'
import { startPrometheus } from '../../../../../local/src/parts/prometheus/prometheus.ts'
import { freeze } from '../../../../../local/src/testing/freeze.ts'
import { alertRules } from '../../telemetry/alertRules.ts'
import { temporaryFolder } from '../../testing/fixtures.ts'
import { createUsageHistory, type UsageHistory } from './usage.history.ts'
import { chartStepSeconds } from './usage.queries.ts'

const workspaceId = 'ws-00000000-0000-0000-0000-000000000001'
const folder = temporaryFolder()
const rate = 'ingest.samplesPerSecond'
let prometheus: Awaited<ReturnType<typeof startPrometheus>>
let amp: Amp
const endpoint = () => `${amp.url}/workspaces/${workspaceId}`
let history: UsageHistory
/** Now, at the time of a scrape. */
const end = Math.floor(Date.now() / 5_000) * 5

beforeAll(async () => {
  prometheus = await startPrometheus({ dir: folder.dir })
  const { url: prometheusUrl, rulesDir } = prometheus
  amp = await startAmp({
    port: 0,
    prometheusUrl,
    region: 'us-east-1',
    accessKeys: { AKID: 'secret' },
    workspaceId,
    rulesDir,
  })
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKID')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  vi.stubEnv('AWS_ENDPOINT_URL_AMP', amp.url)
  history = createUsageHistory(createMetricsQuery(endpoint()), pino({ level: 'silent' }))

  // Half an hour of two gateways, a scrape every 5 s: acme sends 60 + 40 samples/s, and 10 samples/s more are refused.
  // Another tenant, and another writer's series of the same name, must not count.
  const series: Uint8Array[] = []
  for (let t = end - 1_800; t <= end; t += 5) {
    const age = t - (end - 1_800)
    const put = (name: string, labels: Record<string, string>, value: number) =>
      series.push(sampleSeries({ __name__: name, tenant: 'tickwatch', job: 'gateway', ...labels }, value, t * 1_000))
    put('tickwatch_ingest_samples_total', { instance: 'a', tenant_id: 'acme' }, age * 60)
    put('tickwatch_ingest_samples_total', { instance: 'b', tenant_id: 'acme' }, age * 40)
    put('tickwatch_ingest_samples_total', { instance: 'a', tenant_id: 'globex' }, age * 9_999)
    put('tickwatch_ingest_samples_total', { instance: 'a', tenant_id: 'acme', tenant: 'acme' }, age * 9_999)
    put('tickwatch_ingest_refused_samples_total', { instance: 'a', tenant_id: 'acme', reason: 'rate' }, age * 10)
    put('tickwatch_ingest_requests_total', { instance: 'a', tenant_id: 'acme', code: '204' }, age * 3)
    put('tickwatch_ingest_requests_total', { instance: 'a', tenant_id: 'acme', code: '429' }, age * 1)
    put('tickwatch_ingest_active_series', { instance: 'a', tenant_id: 'acme' }, 700)
    put('tickwatch_ingest_active_series', { instance: 'b', tenant_id: 'acme' }, 300)
    put('tickwatch_policy_applied_version', { instance: 'a' }, 7)
  }
  const writer = createRemoteWriter(endpoint())
  expect(await writer.write(snappyLiteral(writeRequest(...series)))).toMatchObject({ status: 200 })
  await writer.close()
})
afterAll(async () => {
  await amp.stop()
  await prometheus.stop()
  vi.unstubAllEnvs()
  folder.remove()
})

it.each([
  [rate, 100, 10],
  ['ingest.requestsPerSecond', 3, 1],
  ['series.activeMax', 1_000, null],
] as const)('the chart of %s adds up the gateways: %d used, %s refused', async (limit, used, refused) => {
  const step = chartStepSeconds(1_200)
  const to = Math.floor(end / step) * step
  const { value } = await history.chart(limit, 'acme', { from: to - 1_200, to, step })
  expect(value?.used).toHaveLength(1_200 / step + 1)
  for (const point of value?.used ?? []) expect(point).toBeCloseTo(used, 5)
  for (const point of value?.refused ?? []) expect(point).toBeCloseTo(refused ?? Number.NaN, 5)
  expect(value?.refused === null).toBe(refused === null)
})

it('the sparkline covers 15 minutes', async () => {
  const { value } = await history.sparkline(rate, 'acme')
  expect(value).toHaveLength(61)
  expect(value?.[30]?.[1]).toBeCloseTo(100, 5)
})

it('p99 and the refusals of a day are computed from the same counters', async () => {
  expect((await history.p99(rate, 'acme')).value).toBeCloseTo(100, 0)
  expect((await history.refused24h('acme')).value).toBeCloseTo(18_000, -3)
  expect(await history.p99('labels.nameBytesMax', 'acme')).toEqual({ value: null, missing: null })
})

it('a tenant without history has gaps, not zeros', async () => {
  const { value } = await history.chart(rate, 'initech', { from: end - 600, to: end, step: 60 })
  expect(new Set(value?.used)).toEqual(new Set([null]))
})

it('graphs are current while the newest sample is seconds old', async () => {
  const { state, ageSeconds } = await history.freshness()
  expect(ageSeconds).toBeLessThan(60)
  expect(state).toBeOneOf(['current', 'late'])
})

it('AMP accepts the alert rules', async () => {
  await createAlertRules(workspaceId).put(
    'tickwatch-platform',
    alertRules({ driftAlertSeconds: 60, intervalSeconds: 15 }),
  )
  const answer = await fetch(`${prometheus.url}/api/v1/rules`)
  expect(await answer.text()).toContain('TickwatchPolicyDrift')
})

it('says within seconds what is missing while the storage hangs', async () => {
  const asked = createUsageHistory(createMetricsQuery(endpoint()), pino({ level: 'silent' }))
  const thaw = await freeze(Number(prometheus.pid))
  try {
    const askedMs = performance.now()
    const [chart, sparkline, freshness] = await Promise.all([
      asked.chart(rate, 'acme', { from: end - 600, to: end, step: 60 }),
      asked.sparkline(rate, 'acme'),
      asked.freshness(),
    ])
    const missing = 'History is missing: the metrics store does not answer right now.'
    expect([chart, sparkline]).toEqual([
      { value: null, missing },
      { value: null, missing },
    ])
    expect(freshness).toMatchObject({ state: 'unknown' })
    expect(performance.now() - askedMs).toBeLessThan(answerWithinMs.page)
  } finally {
    thaw()
  }
})
