import { describe, expect, it } from 'vitest'
import { freshnessOf, limitLine, onGrid, previewOf } from './usage.calculations.ts'
import { chartStepSeconds, refusedQuery, untilNow, usedQuery } from './usage.queries.ts'

describe('the limit line of a chart', () => {
  const limits = (value: number) => ({ 'ingest.samplesPerSecond': value })
  it('steps at each revision, from the default before the first', () => {
    const history = [
      { atMs: 20_000, limits: limits(50) },
      { atMs: 40_000, limits: {} },
      { atMs: 41_000, limits: limits(70) },
    ]
    const line = limitLine('ingest.samplesPerSecond', history, limits(10), [10, 20, 30, 40, 50])
    expect(line).toEqual([10, 50, 50, 10, 70])
  })
})

it('puts samples on the grid and leaves gaps as gaps', () => {
  const points: [number, number | null][] = [
    [100, 1],
    [130.001, 3],
  ]
  expect(onGrid(points, 100, 145, 15)).toEqual([1, null, 3, null])
})

it('does not query steps that have not ended', () => {
  const range = { from: 1_000, to: 1_600, step: 10 }
  expect(untilNow(range, 5_000)).toEqual(range)
  expect(untilNow(range, 1_592)).toEqual({ ...range, to: 1_590 })
  expect(untilNow(range, 900)).toEqual({ ...range, to: 1_000 })
})

describe('what a limit would have refused', () => {
  it('is the sum of the demand over it, with the part of the time that has history', () => {
    const preview = previewOf([100, 150, null, 300], 120, 60, true)
    expect(preview).toEqual({ refusedSamples: (30 + 180) * 60, refusedMinutes: 2, peak: 300, coverageRatio: 0.75 })
  })
  it('of active series is the most that were over it at once', () => {
    expect(previewOf([100, 150, 300], 120, 60, false)).toMatchObject({ refusedSamples: 180, refusedMinutes: 2 })
  })
  it('is unknown without history', () => {
    expect(previewOf([null, null], 120, 60, true)).toMatchObject({ peak: null, coverageRatio: 0 })
  })
})

it.each([
  [2, 'current'],
  [-1, 'current'],
  [45, 'late'],
  [61, 'stale'],
  [null, 'stale'],
] as const)('graphs whose newest sample is %s s old are %s', (age, state) => {
  expect(freshnessOf(age).state).toBe(state)
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
  expect(usedQuery('ingest.samplesPerSecond', 'acme', 300)).toBe(
    'sum(rate(tickwatch_ingest_samples_total{tenant="tickwatch",tenant_id="acme"}[300s]))',
  )
  expect(refusedQuery('ingest.requestsPerSecond', 'acme', 5)).toBe(
    'sum(rate(tickwatch_ingest_requests_total{tenant="tickwatch",tenant_id="acme",code="429"}[20s]))',
  )
  expect(refusedQuery('series.activeMax', 'acme', 5)).toBeNull()
})
