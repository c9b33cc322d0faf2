// The queries on a real Prometheus behind the AMP stand-in. The tests write the metrics as the platform's agent does.
import { createMetricsQuery, createRemoteWriter, createRuleGroups } from '@tickwatch/aws'
import { answerWithinMs, meteredLimits } from '@tickwatch/policy'
import fc from 'fast-check'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Amp, startAmp } from '../../../../../local/src/parts/amp/amp.ts'
import { sampleSeries, snappyLiteral, writeRequest } from '../../../../../local/src/parts/amp/ampTestRequest.ts'
import { startPrometheus } from '../../../../../local/src/parts/prometheus/prometheus.ts'
import { freeze } from '../../../../../local/src/testing/freeze.ts'
import { alertRules } from '../../telemetry/alertRules.ts'
import { temporaryFolder } from '../../testing/fixtures.ts'
import { rawSamples } from '../../testing/rawSamples.ts'
import { bruteForce, type Figures, usageHistory, usedAtMost } from '../../testing/rawUsage.ts'
import { createUsageHistory, type UsageHistory } from './usage.history.ts'
import { chartStepSeconds } from './usage.queries.ts'

const workspaceId = 'ws-00000000-0000-0000-0000-000000000001'
const folder = temporaryFolder()
const rate = 'ingest.samplesPerSecond'
let prometheus: Awaited<ReturnType<typeof startPrometheus>>
let amp: Amp
const endpoint = () => `${amp.url}/workspaces/${workspaceId}`
let history: UsageHistory
/** At the time of a scrape, and so long ago that the steps until then count as settled. */
const end = Math.floor(Date.now() / 5_000) * 5 - 10
const seed = Math.floor(Math.random() * 2 ** 31)
/** Four of each limit, in turn. */
const random = fc.sample(usageHistory(end), { numRuns: 12, seed })
const limitOf = (i: number) => meteredLimits[i % meteredLimits.length] ?? rate
/** Two of the histories of samples are also those of a gateway. */
const isAsGateway = (i: number) => limitOf(i) === rate && i < 2 * meteredLimits.length

beforeAll(async () => {
  prometheus = await startPrometheus({ dir: folder.dir })
  const { url: prometheusUrl, rulesDir } = prometheus
  const options = { port: 0, prometheusUrl, region: 'us-east-1', workspaceId, rulesDir }
  amp = await startAmp({ ...options, accessKeys: { AKID: 'secret' } })
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKID')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  vi.stubEnv('AWS_ENDPOINT_URL_AMP', amp.url)
  history = createUsageHistory(createMetricsQuery(endpoint()), pino({ level: 'silent' }))

  // Older than AMP accepts: straight into an empty Prometheus.
  const old = rawSamples(random, limitOf, isAsGateway, end)
  const body = snappyLiteral(
    writeRequest(...old.map(({ labels, value, timestampMs }) => sampleSeries(labels, value, timestampMs))),
  )
  const { status } = await fetch(`${prometheus.url}/api/v1/write`, { method: 'POST', body: Buffer.from(body) })
  expect(status).toBe(204)

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
    // Refused for other reasons than a metered limit.
    for (const code of ['429', '529']) {
      put('tickwatch_ingest_requests_total', { instance: 'a', tenant_id: 'acme', code }, age * 99)
    }
    for (const reason of ['burst', 'label-value']) {
      put('tickwatch_ingest_refused_samples_total', { instance: 'a', tenant_id: 'acme', reason }, age * 99)
      put('tickwatch_ingest_lost_samples_total', { instance: 'a', tenant_id: 'acme', reason }, age * 99)
    }
    put('tickwatch_ingest_refused_samples_total', { instance: 'a', tenant_id: 'acme', reason: 'request-rate' }, age)
    put(
      'tickwatch_ingest_refused_samples_total',
      { instance: 'a', tenant_id: 'acme', reason: 'active-series' },
      age * 7,
    )
    put('tickwatch_query_refused_total', { instance: 'a', tenant_id: 'acme', reason: 'query-range' }, age * 2)
    put('tickwatch_ingest_refused_series', { instance: 'a', tenant_id: 'acme' }, 30)
    put('tickwatch_ingest_active_series', { instance: 'a', tenant_id: 'acme' }, 700)
    put('tickwatch_ingest_active_series', { instance: 'b', tenant_id: 'acme' }, 300)
    put('tickwatch_policy_applied_version', { instance: 'a' }, 7)
    // This gateway is of an older release, which does not report its traffic of all tenants.
    put('tickwatch_policy_applied_version', { instance: 'c' }, 7)
    put('tickwatch_gateway_samples_total', { instance: 'a', gateway: 'gateway-1' }, age * 800)
    put('tickwatch_gateway_samples_total', { instance: 'b', gateway: 'gateway-2' }, age * 200)
    const refuse = (reason: string, value: number) =>
      put('tickwatch_gateway_refused_samples_total', { instance: 'a', gateway: 'gateway-1', reason }, value)
    refuse('rate', age * 40)
    refuse('active-series', Math.min(age, 600) * 5)
    refuse('request-rate', age * 3)
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
  ['series.activeMax', 1_000, 30],
] as const)(
  'the chart of %s adds up the gateways: %d used, %s refused because of this limit',
  async (limit, used, refused) => {
    const { value } = await history.chart(limit, 'acme', { from: end - 1_200, to: end, step: chartStepSeconds(1_200) })
    const points = value?.points.slice(0, -1) ?? []
    expect(points.length).toBeGreaterThan(70)
    for (const point of points) {
      expect(point.used).toBeCloseTo(used, 5)
      expect(point.refused).toBeCloseTo(refused, 5)
    }
    expect(value?.figures?.highestUse).toBeCloseTo(used, 5)
  },
)

it('the traffic of a gateway has what it refused for each reason, in samples or, if it did not read them, in requests', async () => {
  const range = { from: end - 1_800, to: end, step: chartStepSeconds(1_800) }
  const { value } = await history.traffic('gateway-1', range)
  expect(value).toMatchObject({
    figures: { highestUse: expect.closeTo(800, 0), highestRefused: expect.closeTo(45, 0) },
    byReason: [
      { reason: 'rate', highestPerSecond: expect.closeTo(40, 0) },
      { reason: 'active-series', highestPerSecond: expect.closeTo(5, 0) },
      { reason: 'request-rate', highestPerSecond: expect.closeTo(3, 0) },
    ],
  })
  expect(Math.abs((value?.byReason[1]?.refusedSeconds ?? 0) - 600)).toBeLessThanOrEqual(30)
  expect((await history.traffic('gateway-9', range)).value).toMatchObject({ figures: null, byReason: [] })
})

it('the traffic of the fleet adds up its gateways, and says how many of them do not report it', async () => {
  const range = { from: end - 600, to: end, step: chartStepSeconds(600) }
  const asGateways = random.flatMap((_, i) => (isAsGateway(i) ? [`random-${i}`] : []))
  const ids = [null, 'gateway-1', 'gateway-2', ...asGateways]
  const answers = await Promise.all(ids.map((id) => history.traffic(id, range)))
  const [fleet, ...each] = answers.map(({ value }) => value?.points.map(({ used }) => used ?? 0) ?? [])
  expect(fleet?.length).toBeGreaterThan(30)
  const sums = each[0]?.map((_, i) => each.reduce((sum, points) => sum + (points[i] ?? 0), 0))
  expect(fleet).toEqual(sums?.map((sum) => expect.closeTo(sum, 4)))
  expect(answers.map(({ value }) => value?.notCounted)).toEqual([1, 0, 0, 0, 0])
})

it('the sparkline covers 15 minutes', async () => {
  const { value } = await history.sparkline(rate, 'acme')
  expect(value).toHaveLength(61)
  expect(value?.[30]?.[1]).toBeCloseTo(100, 5)
})

it('p99 of a steady use is that use', async () => {
  expect((await history.p99(rate, 'acme')).value).toBeCloseTo(100, 0)
  expect(await history.p99('labels.nameBytesMax', 'acme')).toEqual({ value: null, missing: null })
})

it('the refusals of a day count samples and unread requests apart, and what a sender drops', async () => {
  const { value } = await history.refused24h('acme')
  expect(value?.samples).toBeCloseTo(1_800 * (10 + 7 + 99 + 99), -4)
  expect(value?.requests).toBeCloseTo(1_800, -2)
  expect(value?.queries).toBeCloseTo(3_600, -3)
  expect(value?.lostSamples).toBeCloseTo(1_800 * (99 + 99), -4)
  expect(value?.lostRequests).toBe(0)
  const { 'query.rangeHoursMax': ranges = 0, 'ingest.burstSamples': bursts = 0, ...others } = value?.byLimit ?? {}
  expect(ranges).toBeCloseTo(3_600, -3)
  expect(bursts).toBeCloseTo(1_800 * 99, -4)
  expect(Object.keys(others).sort()).toEqual(['ingest.requestsPerSecond', rate, 'series.activeMax'])
  expect((await history.refused24h('initech')).value).toEqual({
    ...{ samples: 0, requests: 0, queries: 0, lostSamples: 0, lostRequests: 0, byLimit: {} },
  })
})

it('a tenant without history has gaps, not zeros', async () => {
  const { value } = await history.chart(rate, 'initech', { from: end - 600, to: end, step: 60 })
  expect(new Set(value?.points.map((point) => point.used))).toEqual(new Set([null]))
  expect(value?.figures).toBeNull()
})

it('the figures of every range and limit are those of a brute force over the raw samples', async () => {
  // However busy the machine is.
  const patient = createUsageHistory(createMetricsQuery(endpoint(), 60_000), pino({ level: 'silent' }))
  const hour = 3_600
  for (const [i, gateways] of random.entries()) {
    const limit = limitOf(i)
    const told = `history ${i} of seed ${seed}, ${limit}`
    let shorter: Figures | null = null
    for (const seconds of [hour, 6 * hour, 24 * hour, 7 * 24 * hour, 30 * 24 * hour]) {
      const range = { from: end - seconds, to: end, step: chartStepSeconds(seconds) }
      // Every second history is asked for after an earlier chart, so that most of its steps are known.
      if (i % 2) await patient.chart(limit, `random-${i}`, { ...range, from: range.from - hour, to: end - hour })
      const { value, missing } = await patient.chart(limit, `random-${i}`, range)
      expect(missing, told).toBeNull()
      const expected = bruteForce(limit, gateways, Math.floor(range.from / 15) * 15, Math.floor(end / 15) * 15)
      const figures = value?.figures ?? null
      expect(figures === null, told).toBe(expected === null)
      if (!figures || !expected) continue
      expect(figures.highestUse, told).toBeCloseTo(expected.highestUse, 4)
      expect(figures.highestRefused, told).toBeCloseTo(expected.highestRefused, 4)
      expect(figures.refusedSeconds, told).toBe(expected.refusedSeconds)
      expect(figures.sinceSeconds, told).toBe(expected.sinceSeconds)
      if (isAsGateway(i)) {
        const traffic = (await patient.traffic(`random-${i}`, range)).value
        expect(traffic?.figures, told).toEqual(figures)
        const rates = { highestPerSecond: figures.highestRefused, refusedSeconds: figures.refusedSeconds }
        expect(traffic?.byReason, told).toMatchObject(figures.refusedSeconds === 0 ? [] : [rates])
      }
      expect(figures.highestUse, told).toBeLessThanOrEqual(usedAtMost(limit, gateways) + 1e-6)
      expect(figures.highestUse, told).toBeGreaterThanOrEqual(shorter?.highestUse ?? 0)
      expect(figures.refusedSeconds, told).toBeGreaterThanOrEqual(shorter?.refusedSeconds ?? 0)
      shorter = figures
    }
    const p99 = (await patient.p99(limit, `random-${i}`)).value
    // The p99 is asked for later than `end`, so a step after it may count.
    const week = bruteForce(limit, gateways, end - 7 * 24 * hour - 60, end + 60)
    expect(p99 ?? 0, told).toBeLessThanOrEqual((week?.highestUse ?? 0) * (1 + 1e-6))
  }
})

it('a longer chart keeps the refusal of one moment', async () => {
  for (const seconds of [3_600, 30 * 86_400]) {
    const { value } = await history.chart(rate, 'once', {
      from: end - seconds,
      to: end,
      step: chartStepSeconds(seconds),
    })
    expect(value?.figures).toMatchObject({ refusedSeconds: 15 })
    expect(value?.points.filter(({ refused }) => (refused ?? 0) > 0)).toHaveLength(1)
  }
})

it('graphs are as current as the probe measured, and without a probe that is unknown', async () => {
  const writer = createRemoteWriter(endpoint())
  /** @param read for each tenant, how long ago its newest sample was sent that could be read */
  const writeNow = async (read: Record<string, number>) => {
    const now = Date.now() / 1_000
    const put = (name: string, labels: Record<string, string>, value: number) =>
      sampleSeries({ __name__: name, tenant: 'tickwatch', ...labels }, value, Math.round(now * 1_000))
    const tenants = Object.entries(read)
    const probe = { job: 'probe', instance: 'p' }
    const series = [
      put('tickwatch_policy_applied_version', { job: 'gateway', instance: 'a' }, 7),
      ...(tenants.length > 0 ? [put('tickwatch_probe_tenants', probe, tenants.length)] : []),
      ...tenants.map(([tenant_id, seconds]) =>
        put('tickwatch_probe_read_timestamp_seconds', { ...probe, tenant_id }, now - seconds),
      ),
    ]
    expect(await writer.write(snappyLiteral(writeRequest(...series)))).toMatchObject({ status: 200 })
    // Without the answers that another one keeps.
    return createUsageHistory(createMetricsQuery(endpoint()), pino({ level: 'silent' })).freshness()
  }
  expect(await writeNow({})).toMatchObject({ state: 'unknown', reason: expect.stringContaining('The probe is away') })
  const { state, ageSeconds } = await writeNow({ acme: 15, globex: 1 })
  expect(state).toBe('current')
  // Of the newest one.
  expect(ageSeconds).toBeLessThan(15)
  expect(await writeNow({ acme: 90, globex: 1 })).toMatchObject({
    state: 'stale',
    reason: expect.stringContaining('For 1 of 2 tenants'),
  })
  await writer.close()
})

it('AMP accepts the alert rules', async () => {
  await createRuleGroups(workspaceId).put(
    'tickwatch-platform',
    alertRules({ driftAlertSeconds: 60, intervalSeconds: 15 }),
  )
  const answer = await fetch(`${prometheus.url}/api/v1/rules`)
  expect(await answer.text()).toContain('TickwatchPolicyDrift')
})

it('says within seconds what is missing while the storage hangs, also if tenants ask for much at the same time', async () => {
  const asked = createUsageHistory(createMetricsQuery(endpoint()), pino({ level: 'silent' }))
  const thaw = await freeze(Number(prometheus.pid))
  try {
    const askedMs = performance.now()
    const [chart, freshness, ...others] = await Promise.all([
      asked.chart(rate, 'acme', { from: end - 600, to: end, step: 60 }),
      asked.freshness(),
      asked.traffic(null, { from: end - 600, to: end, step: 60 }),
      // More than there are slots, of one tenant and of others, so that some wait.
      ...['acme', 'globex', 'initech', 'hooli', 'umbrella', 'stark', 'wayne'].flatMap((tenant) =>
        meteredLimits.map((limit) => asked.sparkline(limit, tenant)),
      ),
    ])
    const missing = 'History is missing: the metrics store does not answer right now.'
    expect([chart, ...others]).toEqual(Array(23).fill({ value: null, missing }))
    expect(freshness).toMatchObject({ state: 'unknown' })
    expect(performance.now() - askedMs).toBeLessThan(answerWithinMs.page)
  } finally {
    thaw()
  }
})
