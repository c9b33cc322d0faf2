import { AwsRefused, AwsUnavailable, type MetricsQuery, type Series } from '@tickwatch/aws'
import type { LimitName } from '@tickwatch/policy'
import type { FastifyBaseLogger } from 'fastify'
import { createCache, keptFor } from '../../shared/cached.ts'
import { freshnessOf, onGrid, type Sample } from './usage.calculations.ts'
import { freshnessQuery, p99Query, refused24hQuery, refusedQuery, untilNow, usedQuery } from './usage.queries.ts'
import { type FreshnessView, type MeteredLimit, meteredLimits } from './usage.types.ts'

/** AMP's answer, or a sentence that says why there is none: a page shows the rest without it. */
export type Answer<T> = { value: T; missing: null } | { value: null; missing: string }

type Range = { from: number; to: number; step: number }

const sparklineSeconds = 900
const sparklineStepSeconds = 15
const p99KeptMs = 60_000
const freshnessKeptMs = 2_000
const keptMax = 50_000

/** Queries of past usage in AMP. If AMP does not answer, they do not throw but say what is missing. */
export function createUsageHistory(amp: MetricsQuery, log: Pick<FastifyBaseLogger, 'warn'>) {
  async function ask<T>(question: () => Promise<T>): Promise<Answer<T>> {
    try {
      return { value: await question(), missing: null }
    } catch (err) {
      if (!(err instanceof AwsUnavailable || err instanceof AwsRefused)) throw err
      log.warn({ err }, 'AMP did not answer')
      return { value: null, missing: 'History is missing: the metrics store does not answer right now.' }
    }
  }
  const scalar = async (promql: string) => (await amp.instant(promql))[0]?.points[0]?.[1] ?? null
  const line = async (promql: string, { from, to, step }: Range) => pointsOf(await amp.range(promql, from, to, step))
  const p99s = createCache<number | null>(p99KeptMs, keptMax)
  const age = keptFor(freshnessKeptMs, () => scalar(freshnessQuery))

  return {
    /** Use and refusals on the grid of a chart. */
    chart: (limit: MeteredLimit, tenantId: string, range: Range) =>
      ask(async () => {
        const refused = refusedQuery(limit, tenantId, range.step)
        const past = untilNow(range, Date.now() / 1_000)
        const [used, refusals] = await Promise.all([
          line(usedQuery(limit, tenantId, range.step), past),
          refused === null ? [] : line(refused, past),
        ])
        const { from, to, step } = range
        return {
          used: onGrid(used, from, to, step),
          refused: refused === null ? null : onGrid(refusals, from, to, step),
        }
      }),

    sparkline: (limit: MeteredLimit, tenantId: string) =>
      ask(async () => {
        const to = Math.floor(Date.now() / 1_000 / sparklineStepSeconds) * sparklineStepSeconds
        const range = { from: to - sparklineSeconds, to, step: sparklineStepSeconds }
        const used = onGrid(await line(usedQuery(limit, tenantId, range.step), range), range.from, to, range.step)
        return used.map((value, i): Sample => [range.from + i * range.step, value])
      }),

    refused24h: (tenantId: string) => ask(() => scalar(refused24hQuery(tenantId))),

    /** Over 7 days, cached for a minute; null for a limit without a meter. */
    async p99(limit: LimitName, tenantId: string): Promise<Answer<number | null>> {
      const metered = meteredLimits.find((known) => known === limit)
      if (!metered) return { value: null, missing: null }
      const promql = p99Query(metered, tenantId)
      return ask(() => p99s.get(promql, () => scalar(promql)))
    },

    async freshness(): Promise<FreshnessView> {
      const checkedAt = new Date().toISOString()
      const newest = await ask(age)
      if (newest.missing === null) return { ...freshnessOf(newest.value), checkedAt }
      const reason = 'The metrics store does not answer, so it is unknown how current the graphs are.'
      return { state: 'unknown', ageSeconds: null, reason, checkedAt }
    },
  }
}

export type UsageHistory = ReturnType<typeof createUsageHistory>

/** Every query returns at most one series, because it is a sum. */
const pointsOf = (series: readonly Series[]): Sample[] => series[0]?.points ?? []
