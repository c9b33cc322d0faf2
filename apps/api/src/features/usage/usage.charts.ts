import { chartDaysMax } from '@tickwatch/policy'
import { DomainError } from '../../shared/errors.ts'
import { overBuckets, overBucketsByReason, type Steps } from './usage.buckets.ts'
import { type Bucket, bucketsOf, figuresOf } from './usage.calculations.ts'
import {
  type ChartQueries,
  chartStepSeconds,
  type GatewayId,
  notCountedQuery,
  refusedByReasonQuery,
  resolutionSeconds,
  settledAt,
  timesOf,
  trafficQueries,
} from './usage.queries.ts'
import type { TrafficView } from './usage.traffic.types.ts'
import type { RangeFigures } from './usage.types.ts'

/** In epoch seconds. `step` is a multiple of the resolution. */
export type Range = { from: number; to: number; step: number }

/** @throws DomainError if it is too long. */
export function rangeOf(asked: { from: string; to: string }): Range {
  const [from, to] = [Date.parse(asked.from) / 1_000, Date.parse(asked.to) / 1_000]
  if (to - from > chartDaysMax * 86_400) {
    throw new DomainError('invalid', 'range-too-long', `A chart shows at most ${chartDaysMax} days.`)
  }
  return { from, to, step: chartStepSeconds(to - from) }
}

/** Used and refused in each bucket, at most; and the figures of the whole range. Null if nothing was measured. */
export type UsageChart = {
  points: { t: number; used: number | null; refused: number | null }[]
  figures: RangeFigures | null
}

/** What gateways accepted (`used`) and refused. */
export type TrafficChart = UsageChart & Pick<TrafficView, 'byReason' | 'notCounted'>

/** Used and refused in each bucket, and the figures of the range. */
export async function chartOf(
  steps: Steps,
  { used, refused, refusing, first, refusedMin }: ChartQueries,
  buckets: readonly Bucket[],
  step: number,
): Promise<UsageChart> {
  const most = { fn: 'max_over_time', promql: refused } as const
  const count = { fn: 'count_over_time', promql: refusing } as const
  const [known, other] = first === 'refused' ? [most, count] : [count, most]
  const [mostUsed, refusals] = await Promise.all([
    overBuckets(steps, { fn: 'max_over_time', promql: used }, buckets, step),
    overBuckets(steps, known, buckets, step),
  ])
  // If everything of a tenant is refused, no gateway counts anything as used.
  const measured = buckets.map((_, i) => mostUsed[i] ?? (typeof refusals[i] === 'number' ? 0 : null))
  const begins = buckets[measured.findIndex((value) => value !== null)]
  const withRefusals = buckets.filter((_, i) => (refusals[i] ?? 0) > 0)
  const firstTime = timesOf(`(${used}) or (${first === 'refused' ? refused : refusing})`)
  const [[since], found] = await Promise.all([
    overBuckets(steps, { fn: 'min_over_time', promql: firstTime }, begins ? [begins] : [], step),
    overBuckets(steps, other, withRefusals, step),
  ])
  const foundAt = new Map(withRefusals.map(({ end }, i) => [end, found[i] ?? null]))
  const others = buckets.map(({ end }) => foundAt.get(end) ?? null)
  const [mostRefused, counts] = first === 'refused' ? [refusals, others] : [others, refusals]
  const points = buckets.map(({ end }, i) => ({
    t: end,
    used: measured[i] ?? null,
    refused: measured[i] === null ? null : foundAt.has(end) ? Math.max(refusedMin, mostRefused[i] ?? 0) : 0,
  }))
  if (!begins) return { points, figures: null }
  return { points, figures: figuresOf(points, counts, since ?? begins.end, resolutionSeconds) }
}

/** What was refused for each reason, if anything was. */
async function refusalsByReason(
  steps: Steps,
  promql: string,
  points: UsageChart['points'],
  buckets: readonly Bucket[],
  step: number,
): Promise<TrafficChart['byReason']> {
  const most = await overBucketsByReason(steps, { fn: 'max_over_time', promql }, buckets, step)
  const withRefusals = buckets.filter((_, i) => [...most.values()].some((values) => (values[i] ?? 0) > 0))
  const above = { fn: 'count_over_time', promql: `(${promql}) > 0` } as const
  const refusing = await overBucketsByReason(steps, above, withRefusals, step)
  return [...most]
    .map(([reason, values]) => ({
      reason,
      // A reason has no series before its first refusal.
      perSecond: points.map(({ used }, i) => (used === null ? null : (values[i] ?? 0))),
      highestPerSecond: Math.max(...values.map((value) => value ?? 0)),
      refusedSeconds: sumOf(refusing.get(reason) ?? []) * resolutionSeconds,
    }))
    .filter(({ highestPerSecond }) => highestPerSecond > 0)
    .sort((a, b) => b.highestPerSecond - a.highestPerSecond)
}

/** The traffic of a gateway or of the fleet. */
export async function trafficOf(steps: Steps, gatewayId: GatewayId, range: Range): Promise<TrafficChart> {
  const { step } = range
  const buckets = measuredBuckets(range)
  const chart = await chartOf(steps, trafficQueries(gatewayId), buckets, step)
  if (chart.figures === null) return { ...chart, byReason: [], notCounted: 0 }
  const measured = buckets.filter((_, i) => chart.points[i]?.used !== null)
  const [byReason, notCounted] = await Promise.all([
    refusalsByReason(steps, refusedByReasonQuery(gatewayId), chart.points, buckets, step),
    gatewayId === null ? overBuckets(steps, { fn: 'max_over_time', promql: notCountedQuery }, measured, step) : [],
  ])
  return { ...chart, byReason, notCounted: Math.max(0, ...notCounted.map((count) => count ?? 0)) }
}

const sumOf = (values: readonly (number | null)[]) => values.reduce<number>((sum, value) => sum + (value ?? 0), 0)

/** The buckets of a range of which the store has everything. */
export const measuredBuckets = ({ from, to, step }: Range) =>
  bucketsOf({ from, to: Math.min(to, settledAt(Date.now())), step }, resolutionSeconds)
