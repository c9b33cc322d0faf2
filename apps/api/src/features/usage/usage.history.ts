import { AwsRefused, AwsUnavailable, type MetricsQuery, type Series } from '@tickwatch/aws'
import type { LimitName } from '@tickwatch/policy'
import type { FastifyBaseLogger } from 'fastify'
import { createCache, keptFor } from '../../shared/cached.ts'
import { FairSlots, NoSlotInTime } from '../../shared/fairSlots.ts'
import {
  type Bucket,
  bucketsOf,
  figuresOf,
  freshnessOf,
  onGrid,
  refusedTotals,
  type Sample,
} from './usage.calculations.ts'
import {
  freshnessQuery,
  over,
  p99Query,
  refused24hQuery,
  refusedQueries24hQuery,
  refusedQuery,
  resolutionSeconds,
  settledAt,
  timesOf,
  usedQuery,
} from './usage.queries.ts'
import {
  type FreshnessView,
  type MeteredLimit,
  meteredLimits,
  type RangeFigures,
  type RefusedTotals,
} from './usage.types.ts'

/** AMP's answer, or a sentence that says why there is none: a page shows the rest without it. */
export type Answer<T> = { value: T; missing: null } | { value: null; missing: string }

type Range = { from: number; to: number; step: number }
/** Used and refused in each bucket, at most; and the figures of the whole range. Null if nothing was measured. */
export type UsageChart = {
  points: { t: number; used: number | null; refused: number | null }[]
  figures: RangeFigures | null
}

const sparklineSeconds = 900
/**
 * Prometheus answers with at most 11,000 points per series, and a query reads each scrape of each gateway. So a long
 * range is asked for in parts.
 */
const partPointsMax = 10_000
const partSecondsMax = 7 * 86_400
const p99KeptMs = 60_000
const demandKeptMs = 60_000
/** The totals of 24 h, and the sparklines, which begin and end at steps of the resolution. */
const recentKeptMs = resolutionSeconds * 1_000
const recentKeptMax = 5_000
const freshnessKeptMs = 2_000
const keptMax = 50_000
/** Each holds up to seven days at the finest resolution, 40,320 numbers. */
const demandsKeptMax = 20

/**
 * Queries that all tenants' pages may have at AMP at the same time, and how long one waits before it counts as missing.
 * The gateways' `AMP_CONCURRENT_QUERIES` leaves this many of those that AMP runs.
 */
const queriesMax = 6
const queryWaitMs = 8_000

/** Queries of past usage in AMP. If AMP does not answer, they do not throw but say what is missing. */
export function createUsageHistory(storage: MetricsQuery, log: Pick<FastifyBaseLogger, 'warn'>) {
  const slots = new FairSlots(queriesMax, queryWaitMs, (cause) => cause instanceof AwsUnavailable)
  /** AMP for one tenant, in its turn. */
  const ampOf = (tenantId: string): MetricsQuery => ({
    instant: (...query) => slots.run(tenantId, () => storage.instant(...query)),
    range: (...query) => slots.run(tenantId, () => storage.range(...query)),
  })

  async function ask<T>(question: () => Promise<T>): Promise<Answer<T>> {
    try {
      return { value: await question(), missing: null }
    } catch (err) {
      if (err instanceof NoSlotInTime) {
        return {
          value: null,
          missing: 'History is missing: too much of it is being read at the same time. Try again.',
        }
      }
      if (!(err instanceof AwsUnavailable || err instanceof AwsRefused)) throw err
      log.warn({ err }, 'AMP did not answer')
      return { value: null, missing: 'History is missing: the metrics store does not answer right now.' }
    }
  }
  const scalar = async (amp: MetricsQuery, promql: string, atSeconds?: number) =>
    pointsOf(await amp.instant(promql, atSeconds))[0]?.[1] ?? null

  async function line(amp: MetricsQuery, promql: string, { from, to, step }: Range): Promise<Sample[]> {
    const points = Math.min(partPointsMax, Math.floor(partSecondsMax / step))
    const starts = Array.from(
      { length: Math.ceil(((to - from) / step + 1) / points) },
      (_, i) => from + i * points * step,
    )
    const parts = starts.map(async (start) =>
      pointsOf(await amp.range(promql, start, Math.min(to, start + (points - 1) * step), step)),
    )
    return (await Promise.all(parts)).flat()
  }

  /** A function over the values in each bucket; null for a bucket without any. */
  async function overBuckets(
    amp: MetricsQuery,
    fn: Parameters<typeof over>[0],
    promql: string,
    buckets: readonly Bucket[],
    step: number,
  ) {
    const whole = buckets.filter(({ seconds }) => seconds === step)
    const [first, last] = [whole[0], whole.at(-1)]
    const odd = buckets.filter(({ seconds }) => seconds !== step)
    const [found, ...rest] = await Promise.all([
      first && last ? line(amp, over(fn, promql, step), { from: first.end, to: last.end, step }) : [],
      ...odd.map(async ({ end, seconds }) => pointsOf(await amp.instant(over(fn, promql, seconds), end))),
    ])
    const values = new Map([...found, ...rest.flat()].map(([t, value]) => [Math.round(t), value]))
    return buckets.map(({ end }) => values.get(end) ?? null)
  }

  const sparklines = createCache<Sample[]>(recentKeptMs, recentKeptMax)
  const totals = createCache<RefusedTotals>(recentKeptMs, recentKeptMax)
  const p99s = createCache<number | null>(p99KeptMs, keptMax)
  const demands = createCache<(number | null)[]>(demandKeptMs, demandsKeptMax)
  const age = keptFor(freshnessKeptMs, () => scalar(storage, freshnessQuery))

  return {
    /** The use and the refusals of a range, as far as the store has it. `step` is a multiple of the resolution. */
    chart: (limit: MeteredLimit, tenantId: string, { from, to, step }: Range): Promise<Answer<UsageChart>> =>
      ask(async () => {
        const amp = ampOf(tenantId)
        const buckets = bucketsOf({ from, to: Math.min(to, settledAt(Date.now())), step }, resolutionSeconds)
        const used = usedQuery(limit, tenantId)
        const refused = refusedQuery(limit, tenantId)
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
      }),

    sparkline: (limit: MeteredLimit, tenantId: string) =>
      ask(() => {
        const to = settledAt(Date.now())
        return sparklines.get(`${limit} ${tenantId} ${to}`, async () => {
          const range = { from: to - sparklineSeconds, to, step: resolutionSeconds }
          const used = onGrid(await line(ampOf(tenantId), usedQuery(limit, tenantId), range), range)
          return used.map((value, i): Sample => [range.from + i * range.step, value])
        })
      }),

    /** What was asked for (used and refused) at each step of the last hours, cached for a minute. */
    demand: (limit: MeteredLimit, tenantId: string, hours: number) =>
      ask(() =>
        demands.get(`${limit} ${tenantId} ${hours}`, async () => {
          const to = settledAt(Date.now())
          const range = { from: to - hours * 3_600 + resolutionSeconds, to, step: resolutionSeconds }
          const amp = ampOf(tenantId)
          const [used, refused] = await Promise.all([
            line(amp, usedQuery(limit, tenantId), range),
            line(amp, refusedQuery(limit, tenantId), range),
          ])
          const over = onGrid(refused, range)
          return onGrid(used, range).map((value, i) =>
            value === null && !over[i] ? null : (value ?? 0) + (over[i] ?? 0),
          )
        }),
      ),

    refused24h: (tenantId: string): Promise<Answer<RefusedTotals>> =>
      ask(() =>
        totals.get(tenantId, async () => {
          const amp = ampOf(tenantId)
          const [refused, lost, queries] = await Promise.all([
            amp.instant(refused24hQuery('refused', tenantId)),
            amp.instant(refused24hQuery('lost', tenantId)),
            amp.instant(refusedQueries24hQuery(tenantId)),
          ])
          return refusedTotals(byReason(refused), byReason(lost), byReason(queries))
        }),
      ),

    /** Over 7 days, cached for a minute; null for a limit without a meter. */
    async p99(limit: LimitName, tenantId: string): Promise<Answer<number | null>> {
      const metered = meteredLimits.find((known) => known === limit)
      if (!metered) return { value: null, missing: null }
      const promql = p99Query(metered, tenantId)
      return ask(() => p99s.get(promql, () => scalar(ampOf(tenantId), promql, settledAt(Date.now()))))
    },

    async freshness(): Promise<FreshnessView> {
      const newest = await ask(age)
      // The portal learns from it how far the browser's clock differs, so it is the time of the answer.
      const checkedAt = new Date().toISOString()
      if (newest.missing === null) return { ...freshnessOf(newest.value), checkedAt }
      const reason = 'The metrics store does not answer, so it is unknown how current the graphs are.'
      return { state: 'unknown', ageSeconds: null, reason, checkedAt }
    },
  }
}

export type UsageHistory = ReturnType<typeof createUsageHistory>

/** For a query that returns at most one series, because it is a sum. */
const pointsOf = (series: readonly Series[]): Sample[] => series[0]?.points ?? []

const byReason = (series: readonly Series[]) =>
  series.map(({ labels, points }) => ({ reason: labels.reason ?? '', value: points[0]?.[1] ?? 0 }))
