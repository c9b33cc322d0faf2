import type { MetricsQuery, Series } from '@tickwatch/aws'
import { chartDaysMax } from '@tickwatch/policy'
import { DomainError } from '../../shared/errors.ts'
import { type Bucket, bucketsOf, figuresOf, type Sample } from './usage.calculations.ts'
import {
  acceptedQuery,
  chartStepSeconds,
  type GatewayId,
  notCountedQuery,
  over,
  refusedByReasonQuery,
  refusedSamplesQuery,
  resolutionSeconds,
  settledAt,
  timesOf,
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

/**
 * Prometheus answers with at most 11,000 points per series, and a query reads each scrape of each gateway. So a long
 * range is asked for in parts.
 */
const partPointsMax = 10_000
const partSecondsMax = 7 * 86_400

export const scalar = async (amp: MetricsQuery, promql: string, atSeconds?: number): Promise<number | null> =>
  linesOf(await amp.instant(promql, atSeconds)).get('')?.[0]?.[1] ?? null

async function lines(amp: MetricsQuery, promql: string, { from, to, step }: Range): Promise<Lines> {
  const points = Math.min(partPointsMax, Math.floor(partSecondsMax / step))
  const starts = Array.from(
    { length: Math.ceil(((to - from) / step + 1) / points) },
    (_, i) => from + i * points * step,
  )
  const parts = starts.map((start) => amp.range(promql, start, Math.min(to, start + (points - 1) * step), step))
  return linesOf((await Promise.all(parts)).flat())
}

/** For a query that returns at most one series, because it is a sum. */
export const line = async (...query: Parameters<typeof lines>) => (await lines(...query)).get('') ?? []

/** A function over the values in each bucket, by reason; null for a bucket without any. */
async function overBucketsByReason(
  amp: MetricsQuery,
  fn: Parameters<typeof over>[0],
  promql: string,
  buckets: readonly Bucket[],
  step: number,
): Promise<Map<string, (number | null)[]>> {
  const whole = buckets.filter(({ seconds }) => seconds === step)
  const [first, last] = [whole[0], whole.at(-1)]
  const odd = buckets.filter(({ seconds }) => seconds !== step)
  const found = await Promise.all([
    first && last ? lines(amp, over(fn, promql, step), { from: first.end, to: last.end, step }) : new Map(),
    ...odd.map(async ({ end, seconds }) => linesOf(await amp.instant(over(fn, promql, seconds), end))),
  ])
  const reasons = new Set(found.flatMap((each) => [...each.keys()]))
  return new Map(
    [...reasons].map((reason) => {
      const samples = found.flatMap((each) => each.get(reason) ?? [])
      const values = new Map(samples.map(([t, value]) => [Math.round(t), value]))
      return [reason, buckets.map(({ end }) => values.get(end) ?? null)]
    }),
  )
}
const overBuckets = async (...query: Parameters<typeof overBucketsByReason>) =>
  (await overBucketsByReason(...query)).get('') ?? query[3].map(() => null)

/**
 * Used and refused in each bucket, and the figures of the range.
 * @param used, refused queries that return at most one series
 */
export async function chartOf(
  amp: MetricsQuery,
  { used, refused }: { used: string; refused: string },
  buckets: readonly Bucket[],
  step: number,
): Promise<UsageChart> {
  const [mostUsed, mostRefused] = await Promise.all([
    overBuckets(amp, 'max_over_time', used, buckets, step),
    overBuckets(amp, 'max_over_time', refused, buckets, step),
  ])
  const points = buckets.map(({ end }, i) => {
    const most = mostRefused[i] ?? null
    // If everything of a tenant is refused, no gateway counts anything as used.
    const measured = mostUsed[i] ?? (most === null ? null : 0)
    return { t: end, used: measured, refused: measured === null ? null : (most ?? 0) }
  })
  const begins = buckets[points.findIndex((point) => point.used !== null)]
  if (!begins) return { points, figures: null }
  const firstTime = over('min_over_time', timesOf(`(${used}) or (${refused})`), begins.seconds)
  const withRefusals = buckets.filter((_, i) => (mostRefused[i] ?? 0) > 0)
  const [since, refusing] = await Promise.all([
    scalar(amp, firstTime, begins.end),
    overBuckets(amp, 'count_over_time', `(${refused}) > 0`, withRefusals, step),
  ])
  return { points, figures: figuresOf(points, refusing, since ?? begins.end, resolutionSeconds) }
}

/** What was refused for each reason, if anything was. */
async function refusalsByReason(
  amp: MetricsQuery,
  promql: string,
  points: UsageChart['points'],
  buckets: readonly Bucket[],
  step: number,
): Promise<TrafficChart['byReason']> {
  const most = await overBucketsByReason(amp, 'max_over_time', promql, buckets, step)
  const withRefusals = buckets.filter((_, i) => [...most.values()].some((values) => (values[i] ?? 0) > 0))
  const refusing = await overBucketsByReason(amp, 'count_over_time', `(${promql}) > 0`, withRefusals, step)
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
export async function trafficOf(amp: MetricsQuery, gatewayId: GatewayId, range: Range): Promise<TrafficChart> {
  const { step } = range
  const buckets = measuredBuckets(range)
  const queries = { used: acceptedQuery(gatewayId), refused: refusedSamplesQuery(gatewayId) }
  const chart = await chartOf(amp, queries, buckets, step)
  if (chart.figures === null) return { ...chart, byReason: [], notCounted: 0 }
  const measured = buckets.filter((_, i) => chart.points[i]?.used !== null)
  const [byReason, notCounted] = await Promise.all([
    refusalsByReason(amp, refusedByReasonQuery(gatewayId), chart.points, buckets, step),
    gatewayId === null ? overBuckets(amp, 'max_over_time', notCountedQuery, measured, step) : [],
  ])
  return { ...chart, byReason, notCounted: Math.max(0, ...notCounted.map((count) => count ?? 0)) }
}

/** The values of each series, by its reason. A series without one has the key ''. */
type Lines = Map<string, Sample[]>

function linesOf(series: readonly Series[]): Lines {
  const lines: Lines = new Map()
  for (const { labels, points } of series) {
    const reason = labels.reason ?? ''
    lines.set(reason, [...(lines.get(reason) ?? []), ...points])
  }
  return lines
}

const sumOf = (values: readonly (number | null)[]) => values.reduce<number>((sum, value) => sum + (value ?? 0), 0)

/** The buckets of a range of which the store has everything. */
export const measuredBuckets = ({ from, to, step }: Range) =>
  bucketsOf({ from, to: Math.min(to, settledAt(Date.now())), step }, resolutionSeconds)
