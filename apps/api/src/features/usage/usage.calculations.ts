import type { TenantUse } from '@tickwatch/db'
import {
  type LimitName,
  type Limits,
  type RefusalReason,
  type ResolvedLimits,
  refusalReasons,
  resolveLimits,
} from '@tickwatch/policy'
import { type FreshnessView, type MeteredLimit, meteredLimits, type PreviewView } from './usage.types.ts'

export type Sample = [seconds: number, value: number | null]

/** The value of one series at each step of a chart; null if it has none there. */
export function onGrid(points: readonly Sample[], from: number, to: number, step: number): (number | null)[] {
  const values = new Map(points.map(([t, value]) => [Math.round((t - from) / step), value]))
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => values.get(i) ?? null)
}

/** The limits that a tenant set itself, in force from a time on. */
export type LimitsSince = { atMs: number; limits: Limits }

/** The limit in force at each time. `history` is oldest first; before its first entry the defaults apply. */
export function limitLine(
  limit: LimitName,
  history: readonly LimitsSince[],
  defaults: Limits,
  times: readonly number[],
): number[] {
  const before = resolveLimits({}, defaults)[limit]
  let next = 0
  let now = before
  return times.map((seconds) => {
    for (let h = history[next]; h && h.atMs <= seconds * 1_000; h = history[next]) {
      now = resolveLimits(h.limits, defaults)[limit]
      next += 1
    }
    return now
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
    refusedMinutes: Math.round((steps * stepSeconds) / 60),
    peak,
    coverageRatio: asked.length === 0 ? 0 : measured / asked.length,
  } satisfies Partial<PreviewView>
}

/** The agent scrapes every 5 s and a write takes a moment: graphs are still current after two lost scrapes. */
const lateAfterSeconds = 20
const staleAfterSeconds = 60

/** @param ageSeconds null if a query finds no sample at all */
export function freshnessOf(ageSeconds: number | null): Pick<FreshnessView, 'state' | 'ageSeconds' | 'reason'> {
  if (ageSeconds === null) {
    return { state: 'stale', ageSeconds, reason: 'A query finds no sample of the last 5 minutes.' }
  }
  const age = Math.max(0, ageSeconds)
  const seconds = Math.round(age)
  if (age <= lateAfterSeconds) return { state: 'current', ageSeconds: age, reason: null }
  if (age <= staleAfterSeconds) {
    return {
      state: 'late',
      ageSeconds: age,
      reason: `The newest sample is ${seconds} s old; usually one arrives every 5 s.`,
    }
  }
  return {
    state: 'stale',
    ageSeconds: age,
    reason: `The newest sample is ${seconds} s old: samples arrive late, or not at all.`,
  }
}

/** A tenant's use of a limit now; null if the limit has no meter or no gateway reports. */
export function usedOf(use: TenantUse, limit: LimitName): number | null {
  if (use.gateways === 0) return null
  if (limit === 'ingest.samplesPerSecond') return use.samplesPerSecond
  if (limit === 'ingest.requestsPerSecond') return use.requestsPerSecond
  return limit === 'series.activeMax' ? use.activeSeries : null
}

const isRefusalReason = (reason: string): reason is RefusalReason => Object.hasOwn(refusalReasons, reason)

/** The samples refused now, by reason, highest first. */
export const refusedByReason = (use: TenantUse) =>
  Object.entries(use.refusedByReason)
    .flatMap(([reason, samplesPerSecond]) =>
      isRefusalReason(reason) && samplesPerSecond > 0 ? [{ reason, samplesPerSecond }] : [],
    )
    .sort((a, b) => b.samplesPerSecond - a.samplesPerSecond)

/** The reasons whose refusals each meter counts. */
const reasonsOf: Record<MeteredLimit, readonly RefusalReason[]> = {
  'ingest.samplesPerSecond': ['rate', 'burst'],
  'series.activeMax': ['active-series'],
  'ingest.requestsPerSecond': ['request-rate'],
}

/** Samples per second refused because of a limit now; null if it has no meter or no gateway reports. */
export function refusedOf(use: TenantUse, limit: LimitName): number | null {
  const metered = meteredLimits.find((known) => known === limit)
  if (!metered || use.gateways === 0) return null
  return reasonsOf[metered].reduce((sum, reason) => sum + (use.refusedByReason[reason] ?? 0), 0)
}

/** The meters of a tenant without their history. */
export const metersOf = (use: TenantUse, max: ResolvedLimits) =>
  meteredLimits.map((limit) => ({
    limit,
    used: usedOf(use, limit),
    refusedPerSecond: refusedOf(use, limit),
    max: max[limit],
  }))
