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

/** The values of one series on the grid of a chart; null where it has none. */
export function onGrid(points: readonly Sample[], from: number, to: number, step: number): (number | null)[] {
  const values = new Map(points.map(([t, value]) => [Math.round((t - from) / step), value]))
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => values.get(i) ?? null)
}

/** Own limits from a time on. */
export type LimitsSince = { atMs: number; limits: Limits }

/** The limit in force at each time, a step function: `history` is oldest first, before its first entry defaults hold. */
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
 * What a limit of `value` would have refused of what was asked, step by step.
 * @param asked used + refused at each step, null where nothing was measured
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

/** The agent scrapes every 5 s and a write takes a moment: two lost scrapes are still current. */
const lateAfterSeconds = 20
const staleAfterSeconds = 60

/** @param ageSeconds null when a query finds no sample at all */
export function freshnessOf(ageSeconds: number | null): Pick<FreshnessView, 'state' | 'ageSeconds' | 'reason'> {
  if (ageSeconds === null) {
    return { state: 'stale', ageSeconds, reason: 'No sample of the last 5 minutes can be queried.' }
  }
  const age = Math.max(0, ageSeconds)
  const seconds = Math.round(age)
  if (age <= lateAfterSeconds) return { state: 'current', ageSeconds: age, reason: null }
  if (age <= staleAfterSeconds) {
    return { state: 'late', ageSeconds: age, reason: `The newest sample is ${seconds} s old; every 5 s is usual.` }
  }
  return {
    state: 'stale',
    ageSeconds: age,
    reason: `The newest sample is ${seconds} s old: samples arrive late, or not at all.`,
  }
}

/** A tenant's use of a limit now; null where the limit has no meter or no gateway reports. */
export function usedOf(use: TenantUse, limit: LimitName): number | null {
  if (use.gateways === 0) return null
  if (limit === 'ingest.samplesPerSecond') return use.samplesPerSecond
  if (limit === 'ingest.requestsPerSecond') return use.requestsPerSecond
  return limit === 'series.activeMax' ? use.activeSeries : null
}

const isRefusalReason = (reason: string): reason is RefusalReason => Object.hasOwn(refusalReasons, reason)

/** What is refused now, the most first. */
export const refusedByReason = (use: TenantUse) =>
  Object.entries(use.refusedByReason)
    .flatMap(([reason, samplesPerSecond]) =>
      isRefusalReason(reason) && samplesPerSecond > 0 ? [{ reason, samplesPerSecond }] : [],
    )
    .sort((a, b) => b.samplesPerSecond - a.samplesPerSecond)

/** The refusals that each meter counts, in samples a second. */
const reasonsOf: Record<MeteredLimit, readonly RefusalReason[]> = {
  'ingest.samplesPerSecond': ['rate', 'burst'],
  'series.activeMax': ['active-series'],
  'ingest.requestsPerSecond': ['request-rate'],
}

/** What is refused of a limit now, in samples a second; null where it has no meter or no gateway reports. */
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
