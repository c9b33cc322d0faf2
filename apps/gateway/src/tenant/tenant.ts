import type { Share } from '@tickwatch/policy'
import { judgesAlike, type TenantPolicy } from '../policy/policy.ts'
import { TenantMeters } from './meters.ts'
import { SeriesTable } from './seriesTable.ts'
import { TokenBucket } from './tokenBucket.ts'

/**
 * What the gateway keeps for each tenant that writes or reads here: its share of the limits, its series, its figures.
 */
export class Tenant {
  readonly id: string
  policy: TenantPolicy
  share: Share
  readonly samples: TokenBucket
  readonly requests: TokenBucket
  readonly queries: TokenBucket
  queriesRunning = 0
  /** Memory that its writes in flight use in this process. */
  writeBytesHeld = 0
  readonly series = new SeriesTable()
  readonly meters = new TenantMeters()
  /** Incremented when known series must be judged again. */
  rulesEpoch = 1
  /** Time of the last write. */
  lastWriteMs = Number.NEGATIVE_INFINITY
  lastQueryMs = Number.NEGATIVE_INFINITY
  /** It wrote or read again after a pause, and the control plane has not yet answered with a share for that. */
  awaitsShare = false
  /** The control plane saw our overflow and did not raise our share: the limit is really reached. */
  seriesLimitConfirmed = false
  /** The fleet reports more series than the limit. The next heartbeat must carry a sketch, to find duplicates. */
  sketchSeries = false
  /** Series that the current sweep has checked. */
  sweptSeries = 0

  constructor(id: string, policy: TenantPolicy, share: Share, nowMs: number) {
    this.id = id
    this.policy = policy
    this.share = share
    const { samples, requests, queries } = bucketsOf(policy, share)
    this.samples = new TokenBucket(...samples, nowMs)
    this.requests = new TokenBucket(...requests, nowMs)
    this.queries = new TokenBucket(...queries, nowMs)
  }

  /** Most queries that may run here at the same time. */
  get queriesMax(): number {
    return Math.max(1, Math.floor(this.policy.limits['query.concurrentMax'] * this.share.queries))
  }

  /** Known series are accepted above it too. Only new ones are refused. */
  get seriesMax(): number {
    // A share of claim / limit must yield the claim again, but limit * (claim / limit) may be just below it.
    return Math.max(1, Math.floor(this.policy.limits['series.activeMax'] * this.share.series + 1e-6))
  }

  /**
   * True if a new series over {@link seriesMax} also exceeds the tenant's whole limit. If false, a larger share may be
   * on its way here. A permanent refusal (400) would lose samples, so the answer is 429: retry.
   */
  get seriesLimitReached(): boolean {
    return this.share.series >= 1 || this.seriesLimitConfirmed
  }

  /** Whole seconds until the bucket admits n, or until a new share may. */
  retryAfterSeconds(bucket: 'samples' | 'requests', n: number, nowMs: number): number {
    if (this.awaitsShare && this.share[bucket] < 1) return 1
    return this[bucket].retryAfterSeconds(n, nowMs)
  }

  /** Use divided by this gateway's share, for the limit where that is highest. */
  shareUsedRatio(used: { samplesPerSecond: number; requestsPerSecond: number; activeSeries: number }): number {
    const { limits } = this.policy
    const { samples, requests, series } = this.share
    // Capped at 1,000, so that a tiny share cannot give an absurd ratio.
    const ratio = (use: number, share: number) => (use === 0 ? 0 : Math.min(use / share, 1_000))
    return Math.max(
      ratio(used.samplesPerSecond, limits['ingest.samplesPerSecond'] * samples),
      ratio(used.requestsPerSecond, limits['ingest.requestsPerSecond'] * requests),
      ratio(used.activeSeries, limits['series.activeMax'] * series),
    )
  }

  setPolicy(policy: TenantPolicy, nowMs: number): void {
    if (policy === this.policy) return
    if (!judgesAlike(policy, this.policy)) this.rulesEpoch++
    this.policy = policy
    this.#resize(nowMs)
  }

  setShare(share: Share, nowMs: number): void {
    const { samples, requests, queries } = this.share
    this.share = share
    if (samples !== share.samples || requests !== share.requests || queries !== share.queries) this.#resize(nowMs)
  }

  #resize(nowMs: number): void {
    const { samples, requests, queries } = bucketsOf(this.policy, this.share)
    this.samples.reconfigure(...samples, nowMs)
    this.requests.reconfigure(...requests, nowMs)
    this.queries.reconfigure(...queries, nowMs)
  }
}

type Bucket = [ratePerSecond: number, capacity: number]

/** This gateway's share of the limits that buckets enforce. */
function bucketsOf({ limits }: TenantPolicy, share: Share): Record<'samples' | 'requests' | 'queries', Bucket> {
  const requestsPerSecond = limits['ingest.requestsPerSecond'] * share.requests
  const queriesPerMinute = limits['query.requestsPerMinute'] * share.queries
  return {
    samples: [limits['ingest.samplesPerSecond'] * share.samples, limits['ingest.burstSamples'] * share.samples],
    requests: [requestsPerSecond, requestsPerSecond],
    queries: [queriesPerMinute / 60, queriesPerMinute],
  }
}
