import type { MetricsQuery, Series } from '@tickwatch/aws'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createKeptSteps, overBucketsByReason } from './usage.buckets.ts'
import { type Bucket, bucketsOf } from './usage.calculations.ts'
import { chartStepSeconds } from './usage.queries.ts'

const hour = 3_600
const day = 24 * hour
const startSeconds = 1_800_000_000

beforeEach(() => void vi.useFakeTimers({ now: startSeconds * 1_000 }))
afterEach(() => void vi.useRealTimers())
const nowSeconds = () => Date.now() / 1_000

/** By reason and time. */
type Values = Map<string, Map<number, number>>

/** The highest of the values in each bucket, or null. */
const highest = (values: ReadonlyMap<number, number> | undefined, buckets: readonly Bucket[]) =>
  buckets.map(({ end, seconds }) => {
    let most: number | null = null
    for (let t = end; t > end - seconds; t -= 15) {
      const value = values?.get(t)
      if (value !== undefined) most = Math.max(most ?? 0, value)
    }
    return most
  })

/** A store with these values, and how many steps it was asked for in each query. */
function storeOf(values: Values) {
  const asked: number[] = []
  const at = (promql: string, ends: readonly number[]): Series[] => {
    asked.push(ends.length)
    const seconds = Number(/^max_over_time\(\(used\)\[(\d+)s:15s\]\)$/.exec(promql)?.[1]) + 1
    const buckets = ends.map((end) => ({ end, seconds }))
    return [...values].map(([reason, of]) => ({
      labels: { reason },
      points: highest(of, buckets).flatMap((value, i) => (value === null ? [] : [[ends[i] ?? 0, value]])),
    }))
  }
  const times = (from: number, to: number, step: number) =>
    Array.from({ length: (to - from) / step + 1 }, (_, i) => from + i * step)
  const amp: MetricsQuery = {
    instant: async (promql, end = Number.NaN) => at(promql, [end]),
    range: async (promql, from, to, step) => at(promql, times(from, to, step)),
  }
  return { amp, asked }
}
const oneDayAgo = () => storeOf(new Map([['', new Map([[startSeconds - day, 7]])]]))

const used = { fn: 'max_over_time', promql: 'used' } as const
/** The buckets of the `seconds` that ended `ago`, and their step. */
function chart(seconds: number, ago = 0) {
  const to = nowSeconds() - ago
  const step = chartStepSeconds(seconds)
  return { buckets: bucketsOf({ from: to - seconds, to, step }, 15), step }
}

const commands = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 3 * hour }) }),
    // As late as AMP accepts.
    fc.record({
      kind: fc.constant('write' as const),
      ago: fc.integer({ min: 0, max: hour }),
      reason: fc.constantFrom('', 'rate'),
      value: fc.integer({ min: 0, max: 1_000 }),
    }),
    fc.record({
      kind: fc.constant('ask' as const),
      seconds: fc.constantFrom(hour, 5 * hour, 6 * hour, day),
      ago: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 6 * hour })),
    }),
  ),
  { maxLength: 40, size: 'max' },
)

it('whatever was asked before, and however late samples are written, a chart has what the store has now', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (all) => {
      vi.setSystemTime(startSeconds * 1_000)
      const past = Array.from({ length: day / 15 }, (_, i) => [startSeconds - i * 15, (i * 7_919) % 1_000] as const)
      const values: Values = new Map([
        ['', new Map(past)],
        ['rate', new Map()],
      ])
      const steps = { ...storeOf(values), kept: createKeptSteps() }
      for (const command of all) {
        if (command.kind === 'wait') vi.setSystemTime(Date.now() + command.seconds * 1_000)
        if (command.kind === 'write') {
          const t = Math.floor((nowSeconds() - command.ago) / 15) * 15
          values.get(command.reason)?.set(t, command.value)
        }
        if (command.kind !== 'ask') continue
        const { buckets, step } = chart(command.seconds, command.ago)
        const found = await overBucketsByReason(steps, used, buckets, step)
        for (const [reason, of] of values) {
          expect(found.get(reason) ?? buckets.map(() => null)).toEqual(highest(of, buckets))
        }
      }
    }),
  )
})

it('an open chart of 7 days asks only for what may have changed since', async () => {
  const { amp, asked } = oneDayAgo()
  const steps = { amp, kept: createKeptSteps() }
  const ask = ({ buckets, step }: ReturnType<typeof chart>) => overBucketsByReason(steps, used, buckets, step)
  await ask(chart(7 * day))
  expect(asked.splice(0).reduce((sum, ends) => sum + ends, 0)).toBeGreaterThan(250)
  vi.setSystemTime(Date.now() + 30_000)
  // What is left at both ends, and 70 minutes of steps of 40.
  expect((await ask(chart(7 * day))).get('')?.filter((value) => value === 7)).toHaveLength(1)
  expect(asked.splice(0).toSorted()).toEqual([1, 1, 2])
  // An earlier range: two steps at its beginning, and what is left at both ends.
  await ask(chart(7 * day, 2 * hour))
  expect(asked.splice(0).toSorted()).toEqual([1, 1, 2])
})

it('steps that the store did not answer are asked for again', async () => {
  const { amp } = oneDayAgo()
  const kept = createKeptSteps()
  const away = { ...amp, range: () => Promise.reject(new Error('away')) }
  const { buckets, step } = chart(7 * day)
  await expect(overBucketsByReason({ amp: away, kept }, used, buckets, step)).rejects.toThrow('away')
  const found = await overBucketsByReason({ amp, kept }, used, buckets, step)
  expect(found.get('')?.filter((value) => value === 7)).toHaveLength(1)
})
