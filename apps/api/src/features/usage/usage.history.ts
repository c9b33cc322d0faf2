import type { MetricsQuery, Series } from '@tickwatch/aws'
import { type LimitName, type MeteredLimit, meteredLimits } from '@tickwatch/policy'
import type { FastifyBaseLogger } from 'fastify'
import { createCache, keptFor } from '../../shared/cached.ts'
import { type Answer, createAsk, createQuerySlots, inTurn } from '../../shared/storageAnswers.ts'
import { createKeptSteps, line, scalar } from './usage.buckets.ts'
import { onGrid, refusedTotals, type Sample } from './usage.calculations.ts'
import { chartOf, measuredBuckets, type Range, type TrafficChart, trafficOf, type UsageChart } from './usage.charts.ts'
import { freshnessOf, readFreshness } from './usage.freshness.ts'
import {
  chartQueries,
  type GatewayId,
  p99Query,
  refused24hQuery,
  refusedQueries24hQuery,
  refusedQuery,
  resolutionSeconds,
  settledAt,
  usedQuery,
} from './usage.queries.ts'
import type { FreshnessView, RefusedTotals } from './usage.types.ts'

const sparklineSeconds = 900
const p99KeptMs = 60_000
const demandKeptMs = 60_000
/** The totals of 24 h, and the sparklines, which begin and end at steps of the resolution. */
const recentKeptMs = resolutionSeconds * 1_000
const recentKeptMax = 5_000
const freshnessKeptMs = 2_000
const keptMax = 50_000
/** Each holds up to seven days at the finest resolution, 40,320 numbers. */
const demandsKeptMax = 20

/** The pages about gateways together get what one tenant gets. No tenant has this id. */
const fleet = 'the fleet'

/** Queries of past usage in AMP. If AMP does not answer, they do not throw but say what is missing. */
export function createUsageHistory(
  storage: MetricsQuery,
  log: Pick<FastifyBaseLogger, 'warn'>,
  slots = createQuerySlots(),
) {
  const ampOf = (tenantId: string) => inTurn(slots, tenantId, storage)
  const ask = createAsk('History is missing', log)

  const kept = createKeptSteps()
  const sparklines = createCache<Sample[]>(recentKeptMs, recentKeptMax)
  const totals = createCache<RefusedTotals>(recentKeptMs, recentKeptMax)
  const p99s = createCache<number | null>(p99KeptMs, keptMax)
  const demands = createCache<(number | null)[]>(demandKeptMs, demandsKeptMax)
  const freshness = keptFor(freshnessKeptMs, () => readFreshness(storage))

  return {
    /** The use and the refusals of a range, as far as the store has it. */
    chart: (limit: MeteredLimit, tenantId: string, range: Range): Promise<Answer<UsageChart>> =>
      ask(() =>
        chartOf({ amp: ampOf(tenantId), kept }, chartQueries(limit, tenantId), measuredBuckets(range), range.step),
      ),

    /** The traffic of a gateway or of the fleet in a range, as far as the store has it. */
    traffic: (gatewayId: GatewayId, range: Range): Promise<Answer<TrafficChart>> =>
      ask(() => trafficOf({ amp: ampOf(fleet), kept }, gatewayId, range)),

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
      const figures = await ask(freshness)
      // The portal learns from it how far the browser's clock differs, so it is the time of the answer.
      const checkedAt = new Date().toISOString()
      if (figures.missing === null) return { ...freshnessOf(figures.value), checkedAt }
      const reason = 'The metrics store does not answer, so it is unknown how current the graphs are.'
      return { state: 'unknown', ageSeconds: null, reason, checkedAt }
    },
  }
}

export type UsageHistory = ReturnType<typeof createUsageHistory>

const byReason = (series: readonly Series[]) =>
  series.map(({ labels, points }) => ({ reason: labels.reason ?? '', value: points[0]?.[1] ?? 0 }))
