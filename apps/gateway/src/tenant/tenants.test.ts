import { computeShares, type Demand, type Share, seriesSketchPattern } from '@tickwatch/policy'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { policyOf, tenantsOf } from '../testing/tenants.ts'

const quota = 10_000
const burst = 20_000
const minuteS = 60

/**
 * Samples admitted in a minute by gateways that send a heartbeat every second, and at once when a tenant appears.
 * @param demands samples per second that each gateway is sent, in batches of 500
 */
function admittedInAMinute(
  demands: readonly number[],
  at: (second: number) => readonly number[] = () => demands,
): number {
  const gateways = demands.map((_, i) => {
    const tenants = tenantsOf({ 'ingest.samplesPerSecond': quota, 'ingest.burstSamples': burst }, () => {
      asked.add(i)
    })
    tenants.shares = { byTenant: new Map(), defaultShare: 1 / demands.length }
    return tenants
  })
  const asked = new Set<number>()
  const tickMs = 50
  const batch = 500
  const owed = demands.map(() => 0)
  let admitted = 0
  for (let nowMs = 0; nowMs < minuteS * 1_000; nowMs += tickMs) {
    gateways.forEach((tenants, i) => {
      owed[i] = (owed[i] ?? 0) + ((at(nowMs / 1_000)[i] ?? 0) * tickMs) / 1_000
      for (; (owed[i] ?? 0) >= batch; owed[i] = (owed[i] ?? 0) - batch) {
        const tenant = tenants.forWrite('acme', nowMs)
        tenant?.meters.demandSamples.add(Math.floor(nowMs / 1_000), batch)
        if (tenant?.samples.take(batch, nowMs)) admitted += batch
      }
    })
    if (nowMs % 1_000 !== 0 && !(asked.size > 0 && nowMs % 250 === 0)) continue
    asked.clear()
    const reports = gateways.map((tenants) => tenants.figures(nowMs))
    const asDemand = reports.map((figures, i): Demand => {
      const { demandSamplesPerSecond = 0, demandRequestsPerSecond = 0, demandSeries = 0 } = figures.acme ?? {}
      return {
        gatewayId: String(i),
        samplesPerSecond: demandSamplesPerSecond,
        requestsPerSecond: demandRequestsPerSecond,
        activeSeries: demandSeries,
        queriesPerSecond: 0,
      }
    })
    const shares = computeShares(asDemand)
    gateways.forEach((tenants, i) => {
      const acme = shares.get(String(i)) as Share
      tenants.applyShares({ shares: { acme }, defaultShare: 1 / demands.length }, reports[i] ?? {}, nowMs)
    })
  }
  return admitted
}

describe('a quota of 10,000 samples/s with a demand of three times as much', () => {
  it.each([
    ['to a single gateway', [30_000]],
    ['to one of two', [30_000, 0]],
    ['50/50 to two', [15_000, 15_000]],
    ['90/10 to two', [27_000, 3_000]],
    ['over five', [10_000, 8_000, 6_000, 4_000, 2_000]],
  ])('is used to within 10 % when the demand comes %s', (_how, demands) => {
    const admitted = admittedInAMinute(demands)
    expect(admitted).toBeGreaterThan(quota * minuteS * 0.9)
    expect(admitted).toBeLessThan(quota * minuteS * 1.1)
  })

  // Shares follow the demand of the last 30 s, so the gateway that the traffic left keeps a share that long.
  it('is used to at least 84 %, and never beyond its burst, when all traffic moves to the other gateway halfway', () => {
    const moved = admittedInAMinute([30_000, 0], (second) => (second < 30 ? [30_000, 0] : [0, 30_000]))
    expect(moved).toBeGreaterThan(quota * minuteS * 0.84)
    expect(moved).toBeLessThan(quota * minuteS + burst)
  })
})

describe('a tenant', () => {
  it('asks for its share when it writes for the first time, and again after a quiet half minute', () => {
    let asked = 0
    const tenants = tenantsOf({}, () => asked++)
    tenants.forWrite('acme', 0)
    tenants.forWrite('acme', 20_000)
    expect(asked).toBe(1)
    tenants.forWrite('acme', 60_000)
    expect(asked).toBe(2)
  })

  it('over its rate waits 1 s while its share is on its way, and then as long as its bucket needs', () => {
    const tenants = tenantsOf({ 'ingest.samplesPerSecond': 1_000, 'ingest.burstSamples': 1_000 })
    const idle = { samples: 0.02, requests: 0.02, series: 0.02, queries: 0.02 }
    tenants.applyShares({ shares: { acme: idle }, defaultShare: 0.02 }, {}, 0)
    const tenant = tenants.forWrite('acme', 0)
    expect(tenant?.samples.take(500, 0)).toBe(true)
    const wait = () => [tenant?.retryAfterSeconds('samples', 500, 0), tenant?.retryAfterSeconds('requests', 3, 0)]
    expect(wait()).toEqual([1, 1])
    // The answer to a heartbeat that was sent before the write.
    tenants.applyShares({ shares: { acme: idle }, defaultShare: 0.02 }, {}, 0)
    expect(wait()).toEqual([1, 1])
    const half = { ...idle, samples: 0.1 }
    tenants.applyShares({ shares: { acme: half }, defaultShare: 0.02 }, tenants.figures(0), 0)
    expect(tenant?.retryAfterSeconds('samples', 500, 0)).toBe(6)
  })

  it('never waits longer than an equal share needs to refill the whole burst, however small its share is', () => {
    const tenants = tenantsOf({ 'ingest.samplesPerSecond': 1_000, 'ingest.burstSamples': 3_000 })
    const tiny = { samples: 0.001, requests: 0.001, series: 0.001, queries: 0.001 }
    const tenant = tenants.forWrite('acme', 0)
    tenants.applyShares({ shares: { acme: tiny }, defaultShare: 0.5 }, tenants.figures(0), 0)
    expect(tenant?.samples.take(3_000, 0)).toBe(true)
    expect(tenant?.samples.take(1, 0)).toBe(false)
    expect(tenant?.retryAfterSeconds('samples', 1, 0)).toBe(6)
    expect(tenant?.requests.take(1, 0)).toBe(true)
    expect(tenant?.retryAfterSeconds('requests', 1, 0)).toBe(4)
    expect(tenant?.queries.take(1_200, 0)).toBe(true)
    expect(tenant?.retryAfterSeconds('queries', 1, 0)).toBe(120)
  })

  it('that is not in the policy is unknown, and one that a new policy drops is forgotten', () => {
    const forgotten: string[] = []
    const tenants = tenantsOf({}, undefined, (id) => forgotten.push(id))
    expect(tenants.forWrite('constructor', 0)).toBeNull()
    expect(tenants.forWrite('acme', 0)).not.toBeNull()
    tenants.apply(policyOf([{ id: 'globex' }]), 0)
    expect(tenants.forWrite('acme', 0)).toBeNull()
    expect(forgotten).toEqual(['acme'])
  })

  it('gets its new limits with the next request, and keeps the tokens in its bucket', () => {
    const tenants = tenantsOf({ 'ingest.samplesPerSecond': 10, 'ingest.burstSamples': 10 })
    expect(tenants.forWrite('acme', 0)?.samples.take(10, 0)).toBe(true)
    tenants.apply(policyOf([{ id: 'acme', limits: { 'ingest.samplesPerSecond': 100, 'ingest.burstSamples': 100 } }]), 0)
    expect(tenants.forWrite('acme', 0)?.samples.take(1, 0)).toBe(false)
    expect(tenants.forWrite('acme', 0)?.samples.retryAfterSeconds(100, 0)).toBe(1)
  })

  it('that is quiet for ten minutes is forgotten, unless its bucket is in debt', () => {
    const forgotten: string[] = []
    const tenants = tenantsOf({ 'ingest.samplesPerSecond': 1, 'ingest.burstSamples': 10_000 }, undefined, (id) =>
      forgotten.push(id),
    )
    tenants.forWrite('acme', 0)?.samples.take(10_000, 0)
    for (let nowMs = 0; nowMs < 9_000_000; nowMs += 600_000) tenants.sweep(nowMs)
    expect(forgotten).toEqual([])
    for (let nowMs = 9_000_000; nowMs < 12_000_000; nowMs += 600_000) tenants.sweep(nowMs)
    expect(forgotten).toEqual(['acme'])
  })

  it('that reads asks for its own share, is in the heartbeat, and is forgotten like one that writes', () => {
    let asked = 0
    const forgotten: string[] = []
    const tenants = tenantsOf(
      { 'query.requestsPerMinute': 600 },
      () => asked++,
      (id) => forgotten.push(id),
    )
    tenants.forWrite('acme', 0)
    const tenant = tenants.forQuery('acme', 1_000)
    expect(asked).toBe(2)
    tenant?.meters.demandQueries.add(1, 7)
    expect(tenants.figures(1_500).acme).toMatchObject({ demandQueriesPerSecond: 7, demandSamplesPerSecond: 0 })
    tenants.forQuery('acme', 40_000)
    expect(asked).toBe(3)
    expect(tenants.figures(50_000).acme).toMatchObject({ demandQueriesPerSecond: 0 })
    expect(tenants.figures(71_000)).toEqual({})
    tenant?.queries.take(12_000, 40_000)
    for (const nowMs of [630_000, 641_000]) tenants.sweep(nowMs)
    expect(forgotten).toEqual([])
    for (const nowMs of [1_300_000, 1_301_000]) tenants.sweep(nowMs)
    expect(forgotten).toEqual(['acme'])
  })

  it('may run its share of concurrent queries, but at least one', () => {
    const tenants = tenantsOf({ 'query.concurrentMax': 10 })
    const tenant = tenants.forQuery('acme', 0)
    const shared = (queries: number) => {
      const acme = { samples: 1, requests: 1, series: 1, queries }
      tenants.applyShares({ shares: { acme }, defaultShare: 1 }, {}, 0)
      return tenant?.queriesMax
    }
    expect([shared(1), shared(0.75), shared(0.02)]).toEqual([10, 7, 1])
  })

  it('is not in the heartbeat once it was quiet for 30 s', () => {
    const tenants = tenantsOf({})
    tenants.forWrite('acme', 0)?.meters.demandSamples.add(0, 60)
    expect(tenants.figures(500).acme).toMatchObject({
      demandSamplesPerSecond: 60,
      samplesPerSecond: 0,
      activeSeries: 0,
    })
    expect(tenants.figures(31_000)).toEqual({})
  })
})

describe('the limit of active series', () => {
  const reported = (activeSeries: number, demandSeries: number) => ({
    acme: {
      demandSamplesPerSecond: 1,
      demandRequestsPerSecond: 1,
      demandQueriesPerSecond: 0,
      samplesPerSecond: 1,
      requestsPerSecond: 1,
      refusedPerSecond: {},
      activeSeries,
      demandSeries,
    },
  })
  const shared = (series: number) => ({
    shares: { acme: { samples: 1, requests: 1, series, queries: 1 } },
    defaultShare: 1,
  })

  it('equals the claims that its share was computed from, not one fewer', () => {
    const tenants = tenantsOf({ 'series.activeMax': 10_000_000 })
    const tenant = tenants.forWrite('acme', 0)
    const series = fc.integer({ min: 1, max: 10_000_000 })
    fc.assert(
      fc.property(series, series, (a, b) => {
        const [claim, limit] = a < b ? [a, b] : [b, a]
        if (tenant) tenant.policy = { ...tenant.policy, limits: { ...tenant.policy.limits, 'series.activeMax': limit } }
        tenant?.setShare({ samples: 1, requests: 1, series: claim / limit, queries: 1 }, 0)
        expect(tenant?.seriesMax).toBe(claim)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is reached at once if one gateway has the whole limit', () => {
    expect(tenantsOf({}).forWrite('acme', 0)?.seriesLimitReached).toBe(true)
  })

  it('is reached with a smaller share only after the control plane saw the overflow and did not raise the share', () => {
    const tenants = tenantsOf({ 'series.activeMax': 1_000 })
    tenants.applyShares(shared(0.02), {}, 0)
    const tenant = tenants.forWrite('acme', 0)
    expect(tenant?.seriesMax).toBe(20)
    expect(tenant?.seriesLimitReached).toBe(false)
    tenants.applyShares(shared(0.5), reported(20, 120), 0)
    expect(tenant?.seriesLimitReached).toBe(false)
    tenants.applyShares(shared(0.5), reported(500, 700), 0)
    expect(tenant?.seriesLimitReached).toBe(true)
    tenants.applyShares(shared(0.8), reported(500, 700), 0)
    expect(tenant?.seriesLimitReached).toBe(false)
  })

  it('is reached while all claims exceed it only after sketches have shown which series are duplicates', () => {
    let asked = 0
    const tenants = tenantsOf({ 'series.activeMax': 1_000 }, () => asked++)
    const tenant = tenants.forWrite('acme', 0)
    const claimed = (total: number, sketched: boolean) => ({
      ...shared(0.5),
      seriesClaims: { acme: { total, sketched } },
    })
    tenants.applyShares(claimed(1_000, false), reported(500, 700), 0)
    expect(tenant?.seriesLimitReached).toBe(true)
    expect(tenants.figures(0).acme?.seriesSketch).toBeUndefined()
    asked = 0
    tenants.applyShares(claimed(1_001, false), reported(500, 700), 0)
    expect(tenant?.seriesLimitReached).toBe(false)
    expect(asked).toBe(1)
    const sketched = tenants.figures(0)
    expect(sketched.acme?.seriesSketch).toMatch(seriesSketchPattern)
    tenants.applyShares(claimed(1_001, true), { acme: { ...sketched.acme, ...reported(500, 700).acme } }, 0)
    expect(tenant?.seriesLimitReached).toBe(true)
    expect(asked).toBe(1)
  })

  it('is the whole limit on each gateway while the control plane is away, because nobody knows what moved here', () => {
    const tenants = tenantsOf({ 'series.activeMax': 1_000 })
    tenants.applyShares(shared(0.02), {}, 0)
    const tenant = tenants.forWrite('acme', 0)
    tenants.applyShares(null, reported(20, 120), 0)
    expect(tenant?.seriesMax).toBe(1_000)
    expect(tenant?.seriesLimitReached).toBe(true)
  })
})

it('a tenant whose traffic moves here while the control plane is away gets an equal share, and then its own', () => {
  const tenants = tenantsOf({ 'series.activeMax': 1_000 })
  const idle = { samples: 0.02, requests: 0.02, series: 0.02, queries: 0.02 }
  tenants.applyShares({ shares: { acme: idle }, defaultShare: 0.5 }, {}, 0)
  const tenant = tenants.forWrite('acme', 0)
  expect(tenant?.share).toEqual(idle)
  tenants.applyShares(null, {}, 0)
  expect(tenant?.share).toEqual({ samples: 0.5, requests: 0.5, series: 1, queries: 0.5 })
  tenants.applyShares({ shares: { acme: { ...idle, samples: 0.9 } }, defaultShare: 0.5 }, {}, 0)
  expect(tenant?.share).toEqual({ ...idle, samples: 0.9 })
})
