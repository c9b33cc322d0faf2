import type { PolicyFormats } from './formats.ts'
import type { Share } from './shares.ts'
import type { Ring } from './waves.ts'

// Both sides are upgraded apart: each ignores members that it does not know and takes a default for those that are missing
// (docs/adr/0009-contracts-grow.md).

/** What one gateway saw of one tenant. Demand is over the last 30 s and counts what was refused; the rest is over the last 5 s. */
export type HeartbeatTenant = {
  demandSamplesPerSecond: number
  demandRequestsPerSecond: number
  /** Active series, and those that the limit refused. */
  demandSeries: number
  /** Which series these are ({@link seriesSketchOf}), if the last answer's `seriesClaims` were over the tenant's limit. */
  seriesSketch?: string | undefined
  demandQueriesPerSecond: number
  samplesPerSecond: number
  requestsPerSecond: number
  activeSeries: number
  /** How much of its share of the metered limits is used here, of the limit that is used most; more than 1 is over it. */
  partUsedRatio?: number | undefined
  /** Samples refused a second, by reason. */
  refusedPerSecond: Record<string, number>
}

/** Body of `POST /v1/gateways/heartbeat`, gateway to control plane; its certificate says which gateway sends it. Times are ISO 8601, UTC. */
export type Heartbeat = {
  ring: Ring
  zone: string
  softwareVersion: string
  /** The newest policy that it can read; a gateway that does not say reads the first formats. */
  formatsRead: PolicyFormats
  startedAt: string
  /** What it enforces and has on disk: its attestation; null before the first policy. */
  applied: { version: number; sha256: string; appliedAt: string } | null
  /** The newest version that it refused, and why; null once it enforces a newer one. Version 0: no version could be read. */
  refused: { version: number; reason: string; at: string } | null
  /** CPU seconds a second, over all cores. */
  cpuRatio: number
  memoryBytes: number
  /** It drains, and this heartbeat is its last: the control plane stops waiting for it. */
  leaving?: boolean | undefined
  /** Only tenants that it saw in the last 30 s, by tenant id. */
  tenants: Record<string, HeartbeatTenant>
}

export type HeartbeatAnswer = {
  /** The version its ring is told to enforce: a hint to poll SSM now, never the truth. */
  policyVersionHint: number | null
  /** Its share of the limits of each tenant of its heartbeat, by tenant id. */
  shares: Record<string, Share>
  /**
   * Per tenant that several gateways report: the sum of their active series. `sketched` is true if every gateway sent a
   * sketch, so that duplicates are known. If `total` exceeds the limit, the next heartbeat carries a sketch.
   */
  seriesClaims?: Record<string, { total: number; sketched: boolean }> | undefined
  /** Its share of the limits of any other tenant: one over the number of live gateways. */
  defaultShare: number
  nextHeartbeatMs: number
}
