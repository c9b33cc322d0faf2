import { distinctSeriesAtLeast } from './seriesSketch.ts'

/** What one gateway saw a tenant ask for over the last 30 s. */
export type Demand = {
  gatewayId: string
  samplesPerSecond: number
  requestsPerSecond: number
  activeSeries: number
  queriesPerSecond: number
  /** A sketch of these series, if the gateway sent one. */
  seriesSketch?: string | undefined
  /** Missing if the gateway is of a version that does not report it. */
  taken?: Taken | undefined
  /**
   * No heartbeat came for {@link lateAfterMs}, or the gateway's connection broke: it may be gone, and its writers may use
   * others.
   */
  late?: boolean | undefined
}
/** What a gateway took of a tenant's metered limits, counted up since the tenant's traffic began there. */
export type Taken = {
  samples: number
  requests: number
  queries: number
  /** Queries that run there or wait now. Missing if the gateway, or one of several, does not report them. */
  queriesAtOnce?: number | undefined
}

/** How much of a tenant's global limits one gateway may use, each from 0 to 1. */
export type Share = { samples: number; requests: number; series: number; queries: number }

/** Given out evenly on top of each limit, so that a gateway with little or no demand can accept the first samples. */
export const idleReserve = 0.02
/** A tenant that uses this much of a limit is near it. */
export const nearLimitRatio = 0.8
/** A list of tenants near a limit has at most this many. */
export const nearLimitShownMax = 20
/**
 * The shares of a limit add up to 1, so if a tenant is near its limit, at least one gateway is as near to its share.
 * Shares change while they are in use, so a tenant is checked as soon as a gateway uses this much of its share.
 */
export const nearShareRatio = 0.6
/** Heartbeats come every second. A gateway that missed two is late. */
export const lateAfterMs = 3_000

/**
 * Splits a tenant's limits over the live gateways in proportion to their demand, so that a tenant with one connection
 * gets its whole quota there. Every share is at least an equal part of {@link idleReserve}. Without any demand, all
 * gateways get an equal share.
 *
 * A series that moved to another gateway is counted by both until the first one forgets it. If sketches show how many
 * different series there are, a gateway's share is its own count divided by that number. So series that fit the limit
 * are never refused because two gateways count them; the shares then add up to more than 1.
 *
 * @param demands of the gateways that see the tenant
 * @param gatewayCount all live gateways, including those that do not see the tenant
 */
export function computeShares(demands: readonly Demand[], gatewayCount = demands.length): Map<string, Share> {
  const sharesBy = (of: (demand: Demand) => number) => split(demands.map(of), gatewayCount)
  const samples = sharesBy((d) => d.samplesPerSecond)
  const requests = sharesBy((d) => d.requestsPerSecond)
  const series = splitSeries(demands, gatewayCount)
  const queries = sharesBy((d) => d.queriesPerSecond)
  return new Map(
    demands.map((d, i) => [
      d.gatewayId,
      {
        samples: samples[i] as number,
        requests: requests[i] as number,
        series: series[i] as number,
        queries: queries[i] as number,
      },
    ]),
  )
}

/** What these gateways took together; null if one of them does not report it. */
export function takenTogether(demands: readonly Demand[]): Taken | null {
  const sum = { samples: 0, requests: 0, queries: 0, queriesAtOnce: 0 as number | undefined }
  for (const { taken } of demands) {
    if (!taken) return null
    sum.samples += taken.samples
    sum.requests += taken.requests
    sum.queries += taken.queries
    if (taken.queriesAtOnce === undefined) sum.queriesAtOnce = undefined
    else if (sum.queriesAtOnce !== undefined) sum.queriesAtOnce += taken.queriesAtOnce
  }
  return sum
}

/**
 * Queries of a tenant that one gateway may run at the same time. If all fit the limit, its own and an equal part of what
 * is left; otherwise its part of the limit. So queries that fit the limit together fit on each gateway, wherever they are.
 * One is always allowed.
 * @param own those that run or wait at this gateway @param others at all others together
 */
export function queriesAtOnceMax(limit: number, own: number, others: number, gatewayCount: number): number {
  const all = own + others
  // 1e-6, because limit * (own / all) may be just below a whole number.
  const max = all <= limit ? own + (limit - all) / gatewayCount : limit * (own / all)
  return Math.max(1, Math.floor(max + 1e-6))
}

function splitSeries(demands: readonly Demand[], gatewayCount: number): number[] {
  const claims = demands.map((d) => d.activeSeries)
  const shares = split(claims, gatewayCount)
  const { distinct } = seriesClaims(demands)
  if (distinct === null) return shares
  return claims.map((claim, i) => (claim > 0 ? Math.min(1, claim / distinct) : (shares[i] as number)))
}

export type SeriesClaims = {
  /** The sum of all gateways' active series; a series on two gateways counts twice. */
  total: number
  /**
   * A lower estimate of the different series; null while a sketch is missing. A late gateway needs no sketch: its
   * series are assumed to be the others' series too.
   */
  distinct: number | null
}

/** How many active series of a tenant the gateways report. */
export function seriesClaims(demands: readonly Demand[]): SeriesClaims {
  const claims = demands.filter((d) => d.activeSeries > 0)
  const total = claims.reduce((sum, d) => sum + d.activeSeries, 0)
  const known = claims.filter((d) => d.seriesSketch !== undefined || !d.late)
  const sketches = known.flatMap(({ seriesSketch }) => seriesSketch ?? [])
  if (known.length === 0 || sketches.length < known.length) return { total, distinct: null }
  const largest = Math.max(...claims.map((d) => d.activeSeries))
  return { total, distinct: Math.max(largest, Math.min(total, distinctSeriesAtLeast(sketches))) }
}

function split(weights: readonly number[], gatewayCount: number): number[] {
  const total = weights.reduce((sum, w) => sum + w, 0)
  if (total <= 0) return weights.map(() => 1 / gatewayCount)
  return weights.map((w) => Math.max(w / total, idleReserve / gatewayCount))
}
