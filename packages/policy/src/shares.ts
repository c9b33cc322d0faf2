/** What one gateway saw a tenant ask for over the last 30 s. */
export type Demand = {
  gatewayId: string
  samplesPerSecond: number
  requestsPerSecond: number
  activeSeries: number
  queriesPerSecond: number
}
/** The part of a tenant's global limits that one gateway may hand out, each from 0 to 1. */
export type Share = { samples: number; requests: number; series: number; queries: number }

/** An idle gateway may start serving with this part before its next heartbeat; the overshoot it allows is bounded by it. */
export const idleReserve = 0.02

/**
 * Splits a tenant's limits over the live gateways by the demand each saw, so that a tenant on one connection gets its
 * whole quota there. Gateways with demand split 1 among themselves; gateways without any get {@link idleReserve},
 * divided among them. With no demand anywhere all get an equal part.
 */
export function computeShares(demands: readonly Demand[]): Map<string, Share> {
  const samples = split(demands.map((d) => d.samplesPerSecond))
  const requests = split(demands.map((d) => d.requestsPerSecond))
  const series = split(demands.map((d) => d.activeSeries))
  const queries = split(demands.map((d) => d.queriesPerSecond))
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

function split(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, w) => sum + w, 0)
  if (total <= 0) return weights.map(() => 1 / weights.length)
  const idle = weights.filter((w) => w <= 0).length
  return weights.map((w) => (w > 0 ? w / total : idleReserve / idle))
}
