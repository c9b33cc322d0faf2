import type { PolicyFormats } from './formats.ts'
import type { RefusalCauses } from './refusalCauses.ts'
import type { Share, Taken } from './shares.ts'
import type { Ring } from './waves.ts'

// The two sides are upgraded separately. Each ignores members that it does not know and uses a default for missing ones
// (docs/adr/0009-contracts-grow.md).

/** Maximum length in characters of a heartbeat's texts. */
export const heartbeatCharactersMax = { zone: 64, softwareVersion: 64, refusalReason: 300, unsavedReason: 300 } as const

/** At most so many uses of tokens in a heartbeat. The others come with the next ones. */
export const readerUsesMax = 200
/** A later use of a token is not reported, and not stored, before so many milliseconds have passed. */
export const readerUseResolutionMs = 60_000

/** When a gateway served a query with a reader's token. */
export type ReaderUse = {
  /** The hash of the token, as in the bundle. */
  sha256: string
  usedAt: string
}

/** What one gateway saw of one tenant. Demand covers the last 30 s, refusals included; the rest covers the last 5 s. */
export type HeartbeatTenant = {
  demandSamplesPerSecond: number
  demandRequestsPerSecond: number
  /** Active series, plus those that the limit refused. */
  demandSeries: number
  /** A sketch of these series ({@link seriesSketchOf}), if the last `seriesClaims` exceeded the tenant's limit. */
  seriesSketch?: string | undefined
  demandQueriesPerSecond: number
  samplesPerSecond: number
  requestsPerSecond: number
  activeSeries: number
  /** Use divided by the gateway's share, of the metered limit that is used most. More than 1 is over the share. */
  partUsedRatio?: number | undefined
  /**
   * How late its accepted samples arrived: the mean of their ages, in seconds. Far above a sender's usual second or two
   * it is the backlog of senders. Absent if no sample was accepted, or if the gateway does not measure it.
   */
  sampleAgeSeconds?: number | undefined
  /** So that other gateways know what the tenant has left, and may lend themselves a part of it. */
  taken?: Taken | undefined
  /** Samples refused a second, by reason; requests of the reasons that are given before a request is read. */
  refusedPerSecond: Record<string, number>
  /** Queries refused a second, by reason. Missing if the gateway does not report them. */
  refusedQueriesPerSecond?: Record<string, number> | undefined
}

/**
 * Body of `POST /v1/gateways/heartbeat`, from a gateway to the control plane. The client certificate says which gateway
 * sends it. Times are ISO 8601, UTC.
 */
export type Heartbeat = {
  ring: Ring
  zone: string
  softwareVersion: string
  /** The newest policy formats that it reads; format 1 of each if missing. */
  formatsRead: PolicyFormats
  startedAt: string
  /** Its attestation: the version that it enforces and has on disk. Null before the first policy. */
  applied: { version: number; sha256: string; appliedAt: string } | null
  /** The newest version that it refused (0 if unreadable), and why. Null once it enforces a newer one. */
  refused: { version: number; reason: string; at: string } | null
  /**
   * A version that it enforces but can't attest, because it can't save it to its disk, and why. Null or missing
   * otherwise.
   */
  unsaved?: { version: number; reason: string; at: string } | null | undefined
  /** CPU seconds per second, over all cores. */
  cpuRatio: number
  memoryBytes: number
  /** True in the last heartbeat of a gateway that drains: the control plane stops waiting for it. */
  leaving?: boolean | undefined
  /** Only tenants that it saw in the last 30 s, by tenant id. */
  tenants: Record<string, HeartbeatTenant>
  /** Why it refused samples and queries of these tenants, by tenant id; missing if there is nothing new to report. */
  refusalCauses?: Record<string, RefusalCauses> | undefined
  /** Tokens whose last use changed. Missing if the gateway does not report uses. */
  readerUses?: ReaderUse[] | undefined
}

export type HeartbeatAnswer = {
  /** The version in its ring's manifest. Only a hint to poll SSM now: the gateway applies only what SSM has. */
  policyVersionHint: number | null
  /** Its share of the limits of each tenant in its heartbeat, by tenant id. */
  shares: Record<string, Share>
  /** Per tenant in its heartbeat: what all other gateways took. A tenant is missing if one of them does not report it. */
  othersTaken?: Record<string, Taken> | undefined
  /**
   * Per tenant that several gateways report: the sum of their active series. `sketched` is true if every gateway sent a
   * sketch, so that duplicates are known. If `total` exceeds the limit, the next heartbeat carries a sketch.
   */
  seriesClaims?: Record<string, { total: number; sketched: boolean }> | undefined
  /** Its share of the limits of any other tenant: one over the number of live gateways. */
  defaultShare: number
  nextHeartbeatMs: number
}

/**
 * Answer of `GET /v1/gateways/news?ring=<ring>&after=<version>`. The control plane keeps the request open until the
 * ring's manifest has a newer version than `after`, at most {@link newsHeldMs}.
 */
export type PolicyNews = {
  /** That version, or null if there was none in this time. Only a hint to poll SSM now. */
  policyVersion: number | null
}

/** Milliseconds. Shorter than the idle timeouts of proxies and load balancers. */
export const newsHeldMs = 25_000
