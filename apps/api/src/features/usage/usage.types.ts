import {
  type LimitName,
  type MeteredLimit,
  meteredLimits,
  type QueryRefusalReason,
  type RefusalReason,
} from '@tickwatch/policy'
import { z } from 'zod'
import { timeInput } from '../../shared/inputs.ts'

/** The range of a chart, in ISO 8601, at most `chartDaysMax`. The API chooses the step for about 300 points. */
export const rangeInput = z.object({ from: timeInput, to: timeInput })
type RangeInput = z.output<typeof rangeInput>
export const endsLater = [
  ({ from, to }: RangeInput) => Date.parse(to) > Date.parse(from),
  'to must be after from',
] as const

export const historyInput = rangeInput.extend({ limit: z.enum(meteredLimits) }).refine(...endsLater)
export const previewInput = z.object({
  limit: z.enum(meteredLimits),
  value: z.number().int().positive(),
  hours: z.number().int().min(1).max(168).default(24),
})

/** Refusals now, of one reason. Reasons of {@link unreadReasons} count requests, all others samples. */
export type RefusedNow = { reason: RefusalReason; samplesPerSecond: number }
export type RefusedQueriesNow = { reason: QueryRefusalReason; queriesPerSecond: number }

export type Meter = {
  limit: MeteredLimit
  /** Now, from the gateways' newest heartbeats; null when no gateway reports. */
  used: number | null
  refusedPerSecond: number | null
  max: number
  /** The last 15 minutes as `[epoch seconds, used]`; null if nothing was measured. */
  sparkline: [number, number | null][]
  /** Over 7 days; null without history. */
  p99: number | null
}

export type UsageNowView = {
  meters: Meter[]
  refusedByReason: RefusedNow[]
  refusedQueries: RefusedQueriesNow[]
  /** How late the accepted samples of the last 5 s arrived, as a mean; null if none were accepted. */
  sampleAgeSeconds: number | null
  /** From AMP; null if it does not answer. */
  refused24h: RefusedTotals | null
  /** Why some history (sparklines, p99, the last 24 h) is missing, as a sentence; null if nothing is missing. */
  historyMissing: string | null
  asOf: string | null
  quota: UsageLiveView['quota']
}

/**
 * What was refused in a time. A retry that is refused again counts again. Requests were refused before they were read, so
 * that nobody knows how many samples they held.
 */
export type RefusedTotals = {
  samples: number
  requests: number
  queries: number
  /** Those of `samples` and `requests` after whose refusal (4xx other than 429) a sender drops them. */
  lostSamples: number
  lostRequests: number
  /** By the limit that refused: samples, requests over a limit of requests, or queries. */
  byLimit: Partial<Record<LimitName, number>>
}

/** The figures of a range, true whatever its length: from the value at every `resolutionSeconds`. */
export type RangeFigures = {
  highestUse: number
  /** The highest that was refused because of the limit, in its unit; 0 if nothing. */
  highestRefused: number
  /** For how long something was refused because of the limit, to the resolution. */
  refusedSeconds: number
  /** Epoch seconds of the first value in the range. */
  sinceSeconds: number
  resolutionSeconds: number
}

/**
 * `t` is the end of a step. Used and refused are the highest in the step; null if nothing was measured. The limit is null
 * before the tenant was created. The last point is now, and has only the limit.
 */
export type UsagePoint = { t: number; used: number | null; refused: number | null; limit: number | null }
export type UsageHistoryView = {
  limit: MeteredLimit
  stepSeconds: number
  points: UsagePoint[]
  /** Null if nothing was measured, or if AMP did not answer. */
  figures: RangeFigures | null
  /** Changes of this limit in the range; `cursor` opens the page of `quota.history` that begins with the change. */
  changes: { revision: number; cursor: string; at: string; from: number; to: number; by: string; reason: string }[]
  /** Why `used` and `refused` are missing, as a sentence; null when AMP answered. */
  historyMissing: string | null
}

/** What a limit of `value` would have refused; 0 if nothing. */
export type PreviewView = {
  hours: number
  /** In what the limit counts: samples or requests. For active series: the most that were over it at once. */
  refusedSamples: number
  refusedSeconds: number
  /** The highest demand, at a resolution of 15 s; null without history. */
  peak: number | null
  /** The part of the time that history covers, 0 to 1. */
  coverageRatio: number
  /** Why there is no history, as a sentence; null when AMP answered. */
  historyMissing: string | null
}

/**
 * Whether graphs are current, as the probe measured: it writes a sample of each tenant every 10 s and reads it back. The age
 * is that of the newest sample that a query returned; null if nobody knows.
 */
export type FreshnessView = {
  state: 'current' | 'late' | 'stale' | 'unknown'
  ageSeconds: number | null
  reason: string | null
  checkedAt: string
}

export type TenantUseView = {
  tenantId: string
  name: string
  limit: MeteredLimit
  used: number
  max: number
  ratio: number
  /** By any of its limits or rules, highest first. */
  refusedByReason: RefusedNow[]
  refusedQueries: RefusedQueriesNow[]
}

/** Live figures of a tenant, from the gateways' newest heartbeats; sent again after each heartbeat. */
export type UsageLiveView = {
  asOf: string | null
  meters: Pick<Meter, 'limit' | 'used' | 'refusedPerSecond' | 'max'>[]
  refusedByReason: RefusedNow[]
  refusedQueries: RefusedQueriesNow[]
  /** The newest revision of the limits, and when a request was last made or decided: if one changes, read them again. */
  quota: { revision: number; requestsChangedAt: string | null }
  sampleAgeSeconds: number | null
}
