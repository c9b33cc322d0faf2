import { distinctSeriesAtLeast } from './seriesSketch.ts'

/** What one gateway saw a tenant ask for over the last 30 s. */
export type Demand = {
  gatewayId: string
  samplesPerSecond: number
  requestsPerSecond: number
  activeSeries: number
  queriesPerSecond: number
  /** Which series these are, where it was asked for. */
  seriesSketch?: string | undefined
  /** The gateway is not heard of for {@link lateAfterMs}: it may be gone, and its senders elsewhere. */
  late?: boolean | undefined
}
/** How much of a tenant's global limits one gateway may hand out, each from 0 to 1. */
export type Share = { samples: number; requests: number; series: number; queries: number }

/** What is shared out evenly beyond a limit, so that a gateway where little or nothing was sent has something to begin with. */
export const idleReserve = 0.02
/** A tenant that uses this much of a limit is near it. */
export const nearLimitRatio = 0.8
/**
 * The shares of a limit add up to 1. If a tenant is near its limit, at least one gateway uses as much of its share. Shares
 * move while they are used, so a gateway that uses more than this of one is looked at.
 */
export const nearShareRatio = 0.6
/** Heartbeats come every second: who missed two is late. */
export const lateAfterMs = 3_000

/**
 * Splits a tenant's limits over the live gateways by the demand each saw, so that a tenant on one connection gets its
 * whole quota there. No share is under an equal one of {@link idleReserve}; with no demand anywhere all get an equal share.
 *
 * A series that moved to another gateway is claimed by both until the first forgets it. Where sketches tell how many
 * different series there are, a gateway's share of the limit is its claim over that, so that series which fit the limit are
 * never refused for being claimed twice; the shares then add up to more than 1.
 *
 * @param demands of the gateways that see the tenant
 * @param gatewayCount how many are live, also those that do not see it
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

function splitSeries(demands: readonly Demand[], gatewayCount: number): number[] {
  const claims = demands.map((d) => d.activeSeries)
  const shares = split(claims, gatewayCount)
  const { distinct } = seriesClaims(demands)
  if (distinct === null) return shares
  return claims.map((claim, i) => (claim > 0 ? Math.min(1, claim / distinct) : (shares[i] as number)))
}

export type SeriesClaims = {
  /** All gateways' claims together, series on two of them counted twice. */
  total: number
  /**
   * At least so many different series; null while a sketch is missing. A late gateway's is not waited for: its series are
   * taken for the others'.
   */
  distinct: number | null
}

/** What the gateways claim of a tenant's active series. */
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
