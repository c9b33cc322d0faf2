import { resolveLimits } from '@tickwatch/policy'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bucketsOf, limitLine, mostUsedOf, onGrid, previewOf } from './usage.calculations.ts'
import { chartStepSeconds, refusedQuery, usedQuery } from './usage.queries.ts'

describe('the limit line of a chart', () => {
  const limits = (value: number) => ({ 'ingest.samplesPerSecond': value })
  it('steps at each revision, from the default before the first', () => {
    const history = [
      { atMs: 20_000, limits: limits(50) },
      { atMs: 40_000, limits: {} },
      { atMs: 41_000, limits: limits(70) },
    ]
    const line = limitLine('ingest.samplesPerSecond', history, limits(10), [10, 20, 30, 40, 50], 0)
    expect(line).toEqual([10, 50, 50, 10, 70])
  })
  it('begins when the tenant begins', () => {
    expect(limitLine('ingest.samplesPerSecond', [], limits(10), [10, 20, 30], 20_000)).toEqual([null, 10, 10])
  })
})

it.each([
  ['active series', [10, 1, 950], { limit: 'series.activeMax', usedRatio: 0.95 }],
  ['requests per second', [10, 40, 0], { limit: 'ingest.requestsPerSecond', usedRatio: 0.8 }],
  ['samples per second, with nothing used', [0, 0, 0], { limit: 'ingest.samplesPerSecond', usedRatio: 0 }],
])('the most used limit is %s', (_, [samplesPerSecond = 0, requestsPerSecond = 0, activeSeries = 0], expected) => {
  const max = resolveLimits({
    'ingest.samplesPerSecond': 100,
    'ingest.requestsPerSecond': 50,
    'series.activeMax': 1_000,
  })
  expect(mostUsedOf({ samplesPerSecond, requestsPerSecond, activeSeries }, max)).toEqual(expected)
})

it('puts samples on the grid and leaves gaps as gaps', () => {
  const points: [number, number | null][] = [
    [100, 1],
    [130.001, 3],
  ]
  expect(onGrid(points, { from: 100, to: 145, step: 15 })).toEqual([1, null, 3, null])
})

describe('the buckets of a chart', () => {
  it('are whole steps at round times, and what is left at both ends', () => {
    expect(bucketsOf({ from: 1_000, to: 1_280, step: 60 }, 15)).toEqual([
      { end: 1_020, seconds: 30 },
      { end: 1_080, seconds: 60 },
      { end: 1_140, seconds: 60 },
      { end: 1_200, seconds: 60 },
      { end: 1_260, seconds: 60 },
      { end: 1_275, seconds: 15 },
    ])
    expect(bucketsOf({ from: 1_000, to: 1_000, step: 60 }, 15)).toEqual([])
  })
  it('cover every range once', () => {
    const seconds = fc.integer({ min: 0, max: 31 * 86_400 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), seconds, (from, range) => {
        const step = chartStepSeconds(range)
        const buckets = bucketsOf({ from, to: from + range, step }, 15)
        const begin = Math.floor(from / 15) * 15
        expect(
          buckets.reduce((at, bucket) => (at === bucket.end - bucket.seconds ? bucket.end : Number.NaN), begin),
        ).toBe(Math.floor((from + range) / 15) * 15)
        for (const bucket of buckets) expect(bucket.seconds).toBeLessThanOrEqual(step)
        expect(buckets.length).toBeLessThan(310)
      }),
    )
  })
})

describe('what a limit would have refused', () => {
  it('is the sum of the demand over it, with the part of the time that has history', () => {
    const preview = previewOf([100, 150, null, 300], 120, 60, true)
    expect(preview).toEqual({ refusedSamples: (30 + 180) * 60, refusedSeconds: 120, peak: 300, coverageRatio: 0.75 })
  })
  it('of active series is the most that were over it at once', () => {
    expect(previewOf([100, 150, 300], 120, 60, false)).toMatchObject({ refusedSamples: 180, refusedSeconds: 120 })
  })
  it('is unknown without history', () => {
    expect(previewOf([null, null], 120, 60, true)).toMatchObject({ peak: null, coverageRatio: 0 })
  })
})

it.each([
  [3_600, 15],
  [86_400, 300],
  [7 * 86_400, 2_400],
  [31 * 86_400, 10_800],
])('a chart of %i s has a point every %i s', (range, step) => {
  expect(chartStepSeconds(range)).toBe(step)
})

it("queries one tenant's series among those that the platform's agent wrote", () => {
  expect(usedQuery('ingest.samplesPerSecond', 'acme')).toBe(
    'sum(rate(tickwatch_ingest_samples_total{tenant="tickwatch",tenant_id="acme"}[20s]))',
  )
})

it.each([
  ['ingest.samplesPerSecond', 'rate'],
  ['ingest.requestsPerSecond', 'request-rate'],
  ['series.activeMax', 'active-series'],
] as const)('what %s refuses is counted by its own reason, %s', (limit, reason) => {
  const counted = `tickwatch_ingest_refused_samples_total{tenant="tickwatch",tenant_id="acme",reason=~"${reason}"}`
  expect(refusedQuery(limit, 'acme')).toContain(counted)
})
