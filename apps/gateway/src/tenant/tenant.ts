import type { Share } from '@tickwatch/policy'
import { judgesAlike, type TenantPolicy } from '../policy/policy.ts'
import { TenantMeters } from './meters.ts'
import { SeriesTable } from './seriesTable.ts'
import { TokenBucket } from './tokenBucket.ts'

/** What the gateway keeps of a tenant that it hears from: this gateway's share of its limits, its series, its figures. */
export class Tenant {
  readonly id: string
  policy: TenantPolicy
  share: Share
  readonly samples: TokenBucket
  readonly requests: TokenBucket
  readonly queries: TokenBucket
  queriesRunning = 0
  /** What its writes under way take of this process' memory. */
  writeBytesHeld = 0
  readonly series = new SeriesTable()
  readonly meters = new TenantMeters()
  /** Grows when known series must be judged again. */
  rulesEpoch = 1
  /** Its last write. */
  lastWriteMs = Number.NEGATIVE_INFINITY
  lastQueryMs = Number.NEGATIVE_INFINITY
  /** It wrote or read again after a while, and the control plane has not yet answered with a share made for that. */
  awaitsShare = false
  /** The control plane knows of the series that found no room here, and gave no room for them. */
  seriesLimitConfirmed = false
  /** All gateways together claim more series than the limit: which ones must be told, to see what is counted twice. */
  sketchSeries = false
  /** Series that the running sweep has looked at. */
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

  /** Queries that may run here at the same time. */
  get queriesMax(): number {
    return Math.max(1, Math.floor(this.policy.limits['query.concurrentMax'] * this.share.queries))
  }

  /** Known series go on above it; only new ones are refused. */
  get seriesMax(): number {
    // A share that was computed as claim / limit must give the claim back: limit * (claim / limit) may fall just short of it.
    return Math.max(1, Math.floor(this.policy.limits['series.activeMax'] * this.share.series + 1e-6))
  }

  /**
   * Whether a new series over {@link seriesMax} is over the tenant's whole limit too. If not, another gateway's share may just
   * be on its way here, and refusing for good (400) would lose samples: the sender is told to come back (429).
   */
  get seriesLimitStands(): boolean {
    return this.share.series >= 1 || this.seriesLimitConfirmed
  }

  /** Whole seconds until one of the buckets admits n, or a share that is on its way may. */
  retryAfterSeconds(bucket: 'samples' | 'requests', n: number, nowMs: number): number {
    if (this.awaitsShare && this.share[bucket] < 1) return 1
    return this[bucket].retryAfterSeconds(n, nowMs)
  }

  /** How much of this gateway's share of a limit is used, of the limit that is used most. */
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

/** This gateway's share of the limits that are held by buckets. */
function bucketsOf({ limits }: TenantPolicy, share: Share): Record<'samples' | 'requests' | 'queries', Bucket> {
  const requestsPerSecond = limits['ingest.requestsPerSecond'] * share.requests
  const queriesPerMinute = limits['query.requestsPerMinute'] * share.queries
  return {
    samples: [limits['ingest.samplesPerSecond'] * share.samples, limits['ingest.burstSamples'] * share.samples],
    requests: [requestsPerSecond, requestsPerSecond],
    queries: [queriesPerMinute / 60, queriesPerMinute],
  }
}
