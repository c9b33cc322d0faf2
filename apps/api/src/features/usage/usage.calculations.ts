import type { Refusals, TenantUse } from '@tickwatch/db'
import {
  type LimitName,
  type Limits,
  limitOfQueryReason,
  limitOfReason,
  type MeteredLimit,
  meteredLimits,
  type QueryRefusalReason,
  queryRefusalReasons,
  type RefusalReason,
  type ResolvedLimits,
  refusalReasons,
  resolveLimits,
  unreadReasons,
} from '@tickwatch/policy'
import { reasonsOf } from './usage.queries.ts'
import type { PreviewView, RangeFigures, RefusedNow, RefusedQueriesNow, RefusedTotals } from './usage.types.ts'

export type Sample = [seconds: number, value: number | null]

/** A part of a chart's range: the `seconds` before `end`, in epoch seconds. */
export type Bucket = { end: number; seconds: number }

/**
 * The buckets of a chart: whole steps that end at round times, so that the points of a live chart stay where they are,
 * and what is left at both ends. Together they are the range, to the resolution, and no two overlap.
 */
export function bucketsOf(range: { from: number; to: number; step: number }, resolution: number): Bucket[] {
  const to = Math.floor(range.to / resolution) * resolution
  const buckets: Bucket[] = []
  for (let start = Math.floor(range.from / resolution) * resolution; start < to; ) {
    const end = Math.min(to, (Math.floor(start / range.step) + 1) * range.step)
    buckets.push({ end, seconds: end - start })
    start = end
  }
  return buckets
}

/**
 * The figures of a range from its buckets. Some bucket was measured.
 * @param refusing the number of values above 0 in each bucket that has some
 */
export function figuresOf(
  points: readonly { used: number | null; refused: number | null }[],
  refusing: readonly (number | null)[],
  sinceSeconds: number,
  resolutionSeconds: number,
): RangeFigures {
  return {
    highestUse: Math.max(...points.map(({ used }) => used ?? 0)),
    highestRefused: Math.max(...points.map(({ refused }) => refused ?? 0)),
    refusedSeconds: refusing.reduce<number>((sum, count) => sum + (count ?? 0), 0) * resolutionSeconds,
    sinceSeconds,
    resolutionSeconds,
  }
}

/** The value of one series at each step; null if it has none there. */
export function onGrid(
  points: readonly Sample[],
  { from, to, step }: { from: number; to: number; step: number },
): (number | null)[] {
  const values = new Map(points.map(([t, value]) => [Math.round((t - from) / step), value]))
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => values.get(i) ?? null)
}

/** The limits that a tenant set itself, in force from a time on. */
export type LimitsSince = { atMs: number; limits: Limits }

/**
 * The limit in force at each time; null before the tenant was created. `history` is oldest first; before its first entry
 * the defaults apply.
 */
export function limitLine(
  limit: LimitName,
  history: readonly LimitsSince[],
  defaults: Limits,
  times: readonly number[],
  createdMs: number,
): (number | null)[] {
  const before = resolveLimits({}, defaults)[limit]
  let next = 0
  let now = before
  return times.map((seconds) => {
    for (let h = history[next]; h && h.atMs <= seconds * 1_000; h = history[next]) {
      now = resolveLimits(h.limits, defaults)[limit]
      next += 1
    }
    return seconds * 1_000 < createdMs ? null : now
  })
}

/**
 * What a limit of `value` would have refused of the demand.
 * @param asked used + refused at each step; null if nothing was measured
 * @param counted true if refusals add up over time; false for active series, of which the maximum counts
 */
export function previewOf(asked: readonly (number | null)[], value: number, stepSeconds: number, counted: boolean) {
  let refused = 0
  let most = 0
  let steps = 0
  let measured = 0
  let peak: number | null = null
  for (const rate of asked) {
    if (rate === null) continue
    measured += 1
    peak = Math.max(peak ?? 0, rate)
    const over = rate - value
    if (over <= 0) continue
    steps += 1
    refused += over * stepSeconds
    most = Math.max(most, over)
  }
  return {
    refusedSamples: Math.round(counted ? refused : most),
    refusedSeconds: steps * stepSeconds,
    peak,
    coverageRatio: asked.length === 0 ? 0 : measured / asked.length,
  } satisfies Partial<PreviewView>
}

/** A tenant's use of a limit now; null if the limit has no meter or no gateway reports. */
export function usedOf(use: TenantUse, limit: LimitName): number | null {
  if (use.gateways === 0) return null
  if (limit === 'ingest.samplesPerSecond') return use.samplesPerSecond
  if (limit === 'ingest.requestsPerSecond') return use.requestsPerSecond
  return limit === 'series.activeMax' ? use.activeSeries : null
}

type Used = Pick<TenantUse, 'samplesPerSecond' | 'requestsPerSecond' | 'activeSeries'>

/** The metered limit of which a tenant uses the highest part; the first of them if it uses nothing. */
export function mostUsedOf(use: Used, max: ResolvedLimits): { limit: MeteredLimit; usedRatio: number } {
  const used = {
    'ingest.samplesPerSecond': use.samplesPerSecond,
    'ingest.requestsPerSecond': use.requestsPerSecond,
    'series.activeMax': use.activeSeries,
  } satisfies Record<MeteredLimit, number>
  return meteredLimits
    .map((limit) => ({ limit, usedRatio: used[limit] / max[limit] }))
    .reduce((most, other) => (other.usedRatio > most.usedRatio ? other : most))
}

const isRefusalReason = (reason: string): reason is RefusalReason => Object.hasOwn(refusalReasons, reason)

/** The samples refused now, by reason, highest first. */
export const refusedByReason = (use: Pick<TenantUse, 'refusedByReason'>): RefusedNow[] =>
  Object.entries(use.refusedByReason)
    .flatMap(([reason, samplesPerSecond]) =>
      isRefusalReason(reason) && samplesPerSecond > 0 ? [{ reason, samplesPerSecond }] : [],
    )
    .sort((a, b) => b.samplesPerSecond - a.samplesPerSecond)

const isQueryRefusalReason = (reason: string): reason is QueryRefusalReason =>
  Object.hasOwn(queryRefusalReasons, reason)

/** The queries refused now, by reason, highest first. */
export const refusedQueries = (use: Pick<TenantUse, 'refusedQueriesByReason'>): RefusedQueriesNow[] =>
  Object.entries(use.refusedQueriesByReason)
    .flatMap(([reason, queriesPerSecond]) =>
      isQueryRefusalReason(reason) && queriesPerSecond > 0 ? [{ reason, queriesPerSecond }] : [],
    )
    .sort((a, b) => b.queriesPerSecond - a.queriesPerSecond)

/** The refusals of the gateways' newest heartbeats, as a page shows them. */
export const withRefusalsNow = <Of extends Refusals>({ refusedQueriesByReason, ...of }: Of) => ({
  ...of,
  refusedByReason: refusedByReason(of),
  refusedQueries: refusedQueries({ refusedQueriesByReason }),
})

type Counted = readonly { reason: string; value: number }[]

/** Samples and requests apart, because a request that was refused unread may have held any number of samples. */
export function refusedTotals(refused: Counted, lost: Counted, queries: Counted): RefusedTotals {
  const sum = (counted: Counted, unread: boolean) =>
    counted
      .filter(({ reason }) => (isRefusalReason(reason) && unreadReasons.has(reason)) === unread)
      .reduce((total, { value }) => total + value, 0)
  const byLimit: RefusedTotals['byLimit'] = {}
  for (const [counted, limits] of [[refused, limitOfReason] as const, [queries, limitOfQueryReason] as const]) {
    for (const { reason, value } of counted) {
      const limit = Object.entries(limits).find(([known]) => known === reason)?.[1]
      if (limit && value > 0) byLimit[limit] = (byLimit[limit] ?? 0) + value
    }
  }
  return {
    byLimit,
    samples: sum(refused, false),
    requests: sum(refused, true),
    queries: queries.reduce((total, { value }) => total + value, 0),
    lostSamples: sum(lost, false),
    lostRequests: sum(lost, true),
  }
}

/** Samples per second refused because of a limit now; null if it has no meter or no gateway reports. */
export function refusedOf(use: TenantUse, limit: LimitName): number | null {
  const metered = meteredLimits.find((known) => known === limit)
  if (!metered || use.gateways === 0) return null
  return reasonsOf(metered).reduce((sum, reason) => sum + (use.refusedByReason[reason] ?? 0), 0)
}

/** The meters of a tenant without their history. */
export const metersOf = (use: TenantUse, max: ResolvedLimits) =>
  meteredLimits.map((limit) => ({
    limit,
    used: usedOf(use, limit),
    refusedPerSecond: refusedOf(use, limit),
    max: max[limit],
  }))
