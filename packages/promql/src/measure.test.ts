import fc from 'fast-check'
import { expect, it } from 'vitest'
import { measure, parseQuery, pointsPerSeries } from './index.ts'
import { generatedQuery } from './testing/queries.ts'

const startSeconds = 1_000_000
const endSeconds = 1_003_600

// Cases like those of Prometheus's TestFindMinMaxTime and TestPopulateSeries.
it.each<[query: string, earliestSeconds: number, latestSeconds: number]>([
  ['up', startSeconds - 300, endSeconds],
  ['up[1m]', startSeconds - 60, endSeconds],
  ['rate(up[1h30m])', startSeconds - 5_400, endSeconds],
  ['up[600]', startSeconds - 600, endSeconds],
  ['up offset 1d', startSeconds - 300 - 86_400, endSeconds - 86_400],
  ['up offset -10m', startSeconds - 300 + 600, endSeconds + 600],
  ['up[1h] offset 1h', startSeconds - 7_200, endSeconds - 3_600],
  ['up @ 500', 200, 500],
  ['up @ 500.5 offset 100', 100.5, 400.5],
  ['up offset 100 @ 500', 100, 400],
  ['up @ -5', -305, -5],
  ['up @ start()', startSeconds - 300, startSeconds],
  ['up @ end()', endSeconds - 300, endSeconds],
  ['up[1h] @ end() offset 1h', endSeconds - 7_200, endSeconds - 3_600],
  ['up[1h:]', startSeconds - 3_600 - 300, endSeconds],
  ['up[1h:5m]', startSeconds - 3_600 - 300, endSeconds],
  ['rate(up[5m])[1h:5m]', startSeconds - 3_600 - 300, endSeconds],
  ['rate(up[10m])[1h:5m] offset 1h', startSeconds - 7_200 - 600, endSeconds - 3_600],
  ['up[1h:5m] offset -1h', startSeconds - 300, endSeconds + 3_600],
  ['(up offset 10s)[1m:1s] offset 20s', startSeconds - 300 - 10 - 60 - 20, endSeconds - 30],
  ['max_over_time(rate(up[5m])[1h:1m])[1d:1h]', startSeconds - 86_400 - 3_600 - 300, endSeconds],
  ['up[1h:] @ 9000', 9_000 - 3_600 - 300, 9_000],
  ['sum_over_time(up[1h:] @ 9000)[1d:] offset 1d', 9_000 - 3_600 - 300, 9_000],
  ['sum_over_time(up[1h:])[1d:] @ 100000', 100_000 - 86_400 - 3_600 - 300, 100_000],
  ['sum_over_time((up @ 500)[1h:])[1d:] offset 1d', 200, 500],
  ['sum_over_time(up[1h:] @ start())[1d:]', startSeconds - 3_600 - 300, startSeconds],
  // The grammar applies the modifier to the whole sum, Prometheus to the last operand.
  ['a + b offset 1d', startSeconds - 300 - 86_400, endSeconds],
  ['a offset 1d + b', startSeconds - 300 - 86_400, endSeconds],
  ['a + b @ 500', 200, endSeconds],
  ['a * -b[1d:]', startSeconds - 86_400 - 300, endSeconds],
  ['-a offset -1d', startSeconds - 300 + 86_400, endSeconds + 86_400],
  ['a ^ (b + c)[1d:] offset 1d', startSeconds - 2 * 86_400 - 300, endSeconds],
  ['(a + b offset 1d)[1d:]', startSeconds - 2 * 86_400 - 300, endSeconds],
  ['a or b offset 1w or c offset -1w', startSeconds - 604_800 - 300, endSeconds + 604_800],
  ['topk(scalar(n offset 1d), up)', startSeconds - 86_400 - 300, endSeconds],
  ['topk(scalar(n @ 500), up @ end() offset 1d)', 200, endSeconds - 86_400],
  ['a + on(x) group_left(y) b offset 1d', startSeconds - 86_400 - 300, endSeconds],
])('%s', (query, earliestSeconds, latestSeconds) => {
  expect(measure(parseQuery(query), { startSeconds, endSeconds })).toEqual({ earliestSeconds, latestSeconds })
})

it.each<[query: string, seconds: number, points: number]>([
  ['up', 3_600, 241],
  ['up', 0, 1],
  ['rate(up[1h])', 3_600, 241],
  ['max_over_time(up[1h:1m])', 0, 1 + 61],
  ['max_over_time(up[1h:])', 0, 1 + 61],
  ['max_over_time(up[1h:1m])', 3_600, 241 + 121],
  ['max_over_time(up[1h:1m] @ 5)', 3_600, 241 + 61],
  ['max_over_time(max_over_time(up[1h:1s])[1h:1m])', 3_600, 241 + 121 + 10_801],
  ['max_over_time(up[1h:1m]) + up + max_over_time(vector(1)[1h:1s])', 0, 1 + 3_601],
  ['max_over_time(vector(1)[1h:1s])', 0, 1 + 3_601],
])('%s over %d s in steps of 15 s computes %d points', (query, seconds, points) => {
  expect(pointsPerSeries(parseQuery(query), { startSeconds, endSeconds: startSeconds + seconds }, 15)).toBe(points)
})

it('an @ of one selector does not change another selector', () => {
  expect(measure(parseQuery('(a @ 500 + b)[1h:]'), { startSeconds, endSeconds })).toEqual({
    earliestSeconds: 200,
    latestSeconds: endSeconds,
  })
})

it('a query without selectors reads nothing', () => {
  expect(measure(parseQuery('vector(time()) + 1'), { startSeconds, endSeconds })).toBeNull()
})

it('a different lookback delta changes only instant selectors', () => {
  const evaluation = { startSeconds, endSeconds }
  expect(measure(parseQuery('up'), evaluation, 60)?.earliestSeconds).toBe(startSeconds - 60)
  expect(measure(parseQuery('up[5m]'), evaluation, 60)?.earliestSeconds).toBe(startSeconds - 300)
})

it('a subquery around any query without @ moves the span by its range and its offset', () => {
  fc.assert(
    fc.property(generatedQuery, ({ source }) => {
      const inner = parseQuery(source)
      if (inner.selectors.length === 0 || source.includes('@')) return
      const span = measure(inner, { startSeconds, endSeconds })
      const outer = measure(parseQuery(`(${source}\n)[1h:1m] offset 1d`), { startSeconds, endSeconds })
      expect(outer?.earliestSeconds).toBeCloseTo((span?.earliestSeconds ?? 0) - 3_600 - 86_400, 3)
      expect(outer?.latestSeconds).toBeCloseTo((span?.latestSeconds ?? 0) - 86_400, 3)
    }),
  )
})
