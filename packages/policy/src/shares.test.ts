import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seriesSketchOf } from './seriesSketch.ts'
import {
  computeShares,
  type Demand,
  idleReserve,
  nearLimitRatio,
  nearShareRatio,
  queriesAtOnceMax,
  type Share,
  seriesClaims,
  takenTogether,
} from './shares.ts'
import { seriesKeys } from './testing/seriesKeys.ts'

const demand = (gatewayId: string, samplesPerSecond: number): Demand => ({
  gatewayId,
  samplesPerSecond,
  requestsPerSecond: samplesPerSecond,
  activeSeries: samplesPerSecond,
  queriesPerSecond: samplesPerSecond,
})
const sampleShares = (...demands: number[]) =>
  [...computeShares(demands.map((d, i) => demand(`gw-${i}`, d))).values()].map((share) => share.samples)

describe('computeShares', () => {
  it.each<[string, number[], number[]]>([
    ['one gateway', [5], [1]],
    ['one idle gateway', [0], [1]],
    ['no gateway', [], []],
    ['two of equal demand', [5, 5], [0.5, 0.5]],
    ['90 to 10', [900, 100], [0.9, 0.1]],
    ['all on one of three', [7, 0, 0], [1, idleReserve / 3, idleReserve / 3]],
    ['hardly any demand on one of two', [900, 1 / 30], [900 / (900 + 1 / 30), idleReserve / 2]],
    ['no demand anywhere', [0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]],
  ])('of %s', (_case, demands, shares) => {
    expect(sampleShares(...demands)).toEqual(shares)
  })

  it('splits each resource by its own demand', () => {
    const shares = computeShares([
      { gatewayId: 'a', samplesPerSecond: 3, requestsPerSecond: 0, activeSeries: 10, queriesPerSecond: 2 },
      { gatewayId: 'b', samplesPerSecond: 1, requestsPerSecond: 4, activeSeries: 10, queriesPerSecond: 8 },
    ])
    expect(shares.get('a')).toEqual({ samples: 0.75, requests: idleReserve / 2, series: 0.5, queries: 0.2 })
    expect(shares.get('b')).toEqual({ samples: 0.25, requests: 1, series: 0.5, queries: 0.8 })
  })

  const anyDemands = fc.uniqueArray(
    fc.record({
      gatewayId: fc.string(),
      samplesPerSecond: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e9, noNaN: true })),
      requestsPerSecond: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true })),
      activeSeries: fc.oneof(fc.constant(0), fc.nat()),
      queriesPerSecond: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true })),
    }),
    { selector: (d) => d.gatewayId, minLength: 1, maxLength: 20 },
  )
  const resources: [keyof Share, (d: Demand) => number][] = [
    ['samples', (d) => d.samplesPerSecond],
    ['requests', (d) => d.requestsPerSecond],
    ['series', (d) => d.activeSeries],
    ['queries', (d) => d.queriesPerSecond],
  ]
  const each = (check: (weights: number[], shares: number[]) => void) =>
    fc.assert(
      fc.property(anyDemands, (demands) => {
        const shares = computeShares(demands)
        for (const [resource, weight] of resources) {
          check(
            demands.map(weight),
            demands.map((d) => shares.get(d.gatewayId)?.[resource] ?? Number.NaN),
          )
        }
      }),
    )
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)

  it('gives out the whole limit in proportion to demand, and at least an equal part of the reserve to each', () => {
    each((weights, shares) => {
      const total = sum(weights)
      for (const [i, weight] of weights.entries()) {
        const proportional = total > 0 ? weight / total : 1 / weights.length
        expect(shares[i]).toBeCloseTo(Math.max(proportional, idleReserve / weights.length), 9)
      }
    })
  })

  it('never gives out more than the limit plus the idle reserve, and never a negative share', () => {
    each((_weights, shares) => {
      expect(sum(shares)).toBeLessThanOrEqual(1 + idleReserve + 1e-9)
      for (const share of shares) expect(share >= 0 && share <= 1).toBe(true)
    })
  })

  it('gives every gateway at least its part of the idle reserve, however small its demand', () => {
    each((_weights, shares) => {
      for (const share of shares) expect(share).toBeGreaterThanOrEqual(idleReserve / shares.length)
    })
  })

  it('shows a tenant near its limit on at least one gateway, however its use is spread', () => {
    fc.assert(
      fc.property(
        anyDemands,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 20, maxLength: 20 }),
        (demands, uses) => {
          const shares = [...computeShares(demands).values()]
          const total = sum(uses.slice(0, shares.length))
          fc.pre(total > 0)
          // The same spread, scaled to the ratio at which a tenant counts as near its limit.
          const used = shares.map((share, i) => (((uses[i] ?? 0) / total) * nearLimitRatio) / share.samples)
          expect(Math.max(...used)).toBeGreaterThanOrEqual(nearShareRatio)
        },
      ),
    )
  })

  it('needs only the number of live gateways, not those that do not see the tenant', () => {
    fc.assert(
      fc.property(anyDemands, fc.nat(5), (demands, away) => {
        const idle = { samplesPerSecond: 0, requestsPerSecond: 0, activeSeries: 0, queriesPerSecond: 0 }
        const all = [...demands, ...Array.from({ length: away }, (_, i) => ({ ...idle, gatewayId: `away ${i}` }))]
        fc.pre(new Set(all.map((d) => d.gatewayId)).size === all.length)
        const listed = computeShares(all)
        for (const [id, share] of computeShares(demands, all.length)) expect(share).toEqual(listed.get(id))
      }),
    )
  })

  it('does not depend on the order of gateways', () => {
    fc.assert(
      fc.property(anyDemands, (demands) => {
        const forward = computeShares(demands)
        const backward = computeShares(demands.toReversed())
        for (const [id, share] of forward) {
          expect(backward.get(id)?.samples).toBeCloseTo(share.samples, 9)
        }
      }),
    )
  })
})

describe('series that several gateways claim', () => {
  const claim = (gatewayId: string, from: number, to: number, more: Partial<Demand> = {}): Demand => ({
    ...demand(gatewayId, 1),
    activeSeries: to - from,
    seriesSketch: seriesSketchOf(seriesKeys(from, to)),
    ...more,
  })
  const seriesShares = (...demands: Demand[]) => [...computeShares(demands).values()].map((share) => share.series)
  const unknown = { seriesSketch: undefined }

  it('count once each if every gateway sent a sketch', () => {
    expect(seriesShares(claim('a', 0, 800), claim('b', 0, 800))).toEqual([1, 1])
    const [a = 0, b = 0] = seriesShares(claim('a', 0, 800), claim('b', 400, 1_200))
    expect(a).toBe(b)
    expect(a).toBeGreaterThan(800 / 1_200)
    expect(a).toBeLessThan((800 / 1_200) * 1.15)
  })
  it('are split in proportion to the claims if all series are different, within the error of the sketch', () => {
    const [a = 0, b = 0, c = 0] = seriesShares(claim('a', 0, 3_000), claim('b', 3_000, 4_000), claim('c', 0, 0))
    expect(a + b).toBeGreaterThanOrEqual(1)
    expect(a + b).toBeLessThan(1.15)
    expect(a / b).toBeCloseTo(3)
    expect(c).toBe(idleReserve / 3)
  })
  it('are split in proportion to the claims while a sketch is missing', () => {
    expect(seriesShares(claim('a', 0, 800), claim('b', 0, 800, unknown))).toEqual([0.5, 0.5])
    expect(seriesClaims([claim('a', 0, 800), claim('b', 0, 800, unknown)])).toEqual({ total: 1_600, distinct: null })
  })
  it('count as duplicates if the gateway that claims them is late', () => {
    expect(seriesShares(claim('a', 0, 800), claim('b', 0, 600, { ...unknown, late: true }))).toEqual([1, 0.75])
    expect(seriesShares(claim('a', 0, 600), claim('b', 0, 800, { ...unknown, late: true }))).toEqual([0.75, 1])
  })
})

describe('the queries that a gateway may run at the same time', () => {
  it.each([
    ['all of the limit, when it is alone', 10, 0, 0, 1, 10],
    ['an equal part, when nothing runs', 10, 0, 0, 3, 3],
    ['what runs and waits, if all fit: 4 beside 2 and 2', 10, 4, 4, 3, 4],
    ['that and an equal part of the rest', 10, 3, 1, 3, 5],
    ['its part, if not all fit', 10, 20, 20, 2, 5],
    ['one at least', 10, 0, 10, 3, 1],
  ])('are %s', (_what, limit, own, others, gatewayCount, max) =>
    expect(queriesAtOnceMax(limit, own, others, gatewayCount)).toBe(max),
  )

  it('fit on every gateway if they fit the limit, and are together not more than it, but for one on each', () => {
    const counts = fc.array(fc.nat(40), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), counts, (limit, wanted) => {
        const all = wanted.reduce((sum, each) => sum + each, 0)
        const maxima = wanted.map((own) => queriesAtOnceMax(limit, own, all - own, wanted.length))
        if (all <= limit) for (const [i, own] of wanted.entries()) expect(maxima[i]).toBeGreaterThanOrEqual(own)
        const forced = maxima.filter((max) => max === 1).length
        expect(maxima.reduce((sum, max) => sum + max, 0)).toBeLessThanOrEqual(limit + forced)
      }),
    )
  })

  it('are not known to the others while one gateway does not report its own', () => {
    const taken = { samples: 1, requests: 1, queries: 1 }
    const of = (queriesAtOnce?: number) => ({ ...demand('a', 1), taken: { ...taken, queriesAtOnce } })
    expect(takenTogether([of(2), of(3)])?.queriesAtOnce).toBe(5)
    expect(takenTogether([of(2), of()])?.queriesAtOnce).toBeUndefined()
  })
})
