import { type PeerRole, queriesAtOnceMax, type Share, type Taken } from '@tickwatch/policy'
import { judgesAlike, type TenantPolicy } from '../policy/policy.ts'
import { TenantMeters } from './meters.ts'
import { RecentEarliest } from './recentEarliest.ts'
import { RefusalCounts } from './refusalCounts.ts'
import { SeriesTable } from './seriesTable.ts'
import { type Limit, loanRatio, SharedBucket } from './sharedBucket.ts'
import { TokenBucket } from './tokenBucket.ts'

/**
 * What the gateway keeps for each tenant that writes or reads here: its share of the limits, its series, its figures.
 */
export class Tenant {
  readonly id: string
  policy: TenantPolicy
  share: Share
  /** One over the number of live gateways. */
  equalShare: number
  readonly samples: SharedBucket
  readonly requests: SharedBucket
  readonly queries: SharedBucket
  /** The bytes that this gateway decompresses for it: a limit of the work here, so it has no shares. */
  readonly bytes: TokenBucket
  /** The bytes of PromQL that this gateway parses for it. No shares either. */
  readonly promqlBytes: TokenBucket
  queriesRunning = 0
  queriesWaiting = 0
  /** What ran or waited here and on the other gateways at the last answer; null if unknown. */
  #queriesAtOnce: { own: number; others: number } | null = null
  /** Memory that its writes in flight use in this process. */
  writeBytesHeld = 0
  readonly series = new SeriesTable()
  readonly meters = new TenantMeters()
  readonly refusals: RefusalCounts
  /** Of readers instead of writers, and without metrics and labels. */
  readonly refusedQueries: RefusalCounts
  /** When the first of the certificates that its writers or readers use expires, in Unix time. */
  readonly certificates: Readonly<Record<PeerRole, RecentEarliest>> = {
    writer: new RecentEarliest(),
    reader: new RecentEarliest(),
  }
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
  /** Active series that may be here until the next answer, a loan included; 0 without a loan. */
  #seriesWithLoan = 0
  /** Series that the current sweep has checked. */
  sweptSeries = 0

  /** @param onNeedShare called when the shares no longer fit the demand */
  constructor(
    id: string,
    policy: TenantPolicy,
    share: Share,
    equalShare: number,
    onNeedShare: () => void,
    nowMs: number,
  ) {
    this.id = id
    this.policy = policy
    this.share = share
    this.equalShare = equalShare
    this.refusals = new RefusalCounts(Math.floor(nowMs / 1_000))
    this.refusedQueries = new RefusalCounts(Math.floor(nowMs / 1_000))
    const { samples, requests, queries } = meteredLimits(policy)
    this.samples = new SharedBucket(samples, share.samples, onNeedShare, nowMs)
    this.requests = new SharedBucket(requests, share.requests, onNeedShare, nowMs)
    this.queries = new SharedBucket(queries, share.queries, onNeedShare, nowMs)
    this.bytes = new TokenBucket(this.bytesPerSecond, this.#bytesAtOnce, nowMs)
    this.promqlBytes = new TokenBucket(this.promqlBytesPerSecond, this.#promqlBytesAtOnce, nowMs)
  }

  get bytesPerSecond(): number {
    return this.policy.limits['ingest.samplesPerSecond'] * bytesPerSample
  }

  get #bytesAtOnce(): number {
    return Math.max(this.bytesPerSecond, 2 * this.policy.limits['ingest.requestBytesMax'])
  }

  get promqlBytesPerSecond(): number {
    return (this.policy.limits['query.requestsPerMinute'] / 60) * bytesPerQuery
  }

  get #promqlBytesAtOnce(): number {
    return Math.max(this.policy.limits['query.requestsPerMinute'] * bytesPerQuery, leastPromqlBytesAtOnce)
  }

  /** Most queries that may run here at the same time. */
  get queriesMax(): number {
    const limit = this.policy.limits['query.concurrentMax']
    if (this.#queriesAtOnce === null) return Math.max(1, Math.floor(limit * this.share.queries))
    const { own, others } = this.#queriesAtOnce
    return queriesAtOnceMax(limit, own, others, 1 / this.equalShare)
  }

  get queriesAtOnce(): number {
    return this.queriesRunning + this.queriesWaiting
  }

  /** @param own at the last heartbeat @param others that the answer has; undefined if unknown */
  settleQueries(own: number | undefined, others: number | undefined): void {
    this.#queriesAtOnce = own === undefined || others === undefined ? null : { own, others }
  }

  /** Known series are accepted above it too. Only new ones are refused. */
  get seriesMax(): number {
    // A share of claim / limit must yield the claim again, but limit * (claim / limit) may be just below it.
    const shared = Math.floor(this.policy.limits['series.activeMax'] * this.share.series + 1e-6)
    return Math.max(1, shared, this.#seriesWithLoan)
  }

  /**
   * Lends from the series that the whole fleet may still accept, so that new ones need not wait for a larger share.
   * @param claimed series here at the last heartbeat, those over the limit included
   * @param fleet the different series on all gateways; null if unknown, so that nothing can be lent
   */
  lendSeries(claimed: number, fleet: number | null): void {
    const room = fleet === null ? 0 : this.policy.limits['series.activeMax'] - fleet
    this.#seriesWithLoan = room > 0 ? claimed + Math.floor(room * loanRatio(1 / this.equalShare)) : 0
  }

  /**
   * True if a new series over {@link seriesMax} also exceeds the tenant's whole limit. If false, a larger share may be
   * on its way here. A permanent refusal (400) would lose samples, so the answer is 503: retry.
   */
  get seriesLimitReached(): boolean {
    return this.share.series >= 1 || this.seriesLimitConfirmed
  }

  /**
   * Whole seconds until the bucket admits n, or until a new share may. At most the time in which an equal share refills
   * the whole bucket: a share can be tiny for a moment because the tenant was silent, and a sender must not wait for it.
   */
  retryAfterSeconds(bucket: Metered, n: number, nowMs: number): number {
    if (this.awaitsShare && this.share[bucket] < 1) return 1
    const { ratePerSecond, capacity } = meteredLimits(this.policy)[bucket]
    const fullSeconds = Math.ceil(capacity / ratePerSecond / this.equalShare - 1e-6)
    return Math.min(this[bucket].retryAfterSeconds(n, nowMs), Math.max(1, fullSeconds))
  }

  /** What it took of each metered limit, for the other gateways. */
  get taken(): Taken {
    const { queriesAtOnce } = this
    return { samples: this.samples.taken, requests: this.requests.taken, queries: this.queries.taken, queriesAtOnce }
  }

  /** It writes or reads here again after a pause: lends until its share comes. */
  lend(nowMs: number): void {
    for (const bucket of metered) this[bucket].lend(1 / this.equalShare, nowMs)
  }

  /** Our heartbeats leave the tenant out now, so the other gateways no longer count what it took here. */
  restartTaken(): void {
    for (const bucket of metered) this[bucket].taken = 0
  }

  /** @param othersTaken what the other gateways took; null if that is unknown, so that nothing can be lent */
  settle(othersTaken: Taken | null, nowMs: number): void {
    for (const bucket of metered) {
      if (othersTaken) this[bucket].settle(othersTaken[bucket], 1 / this.equalShare, nowMs)
      else this[bucket].lendNothing(nowMs)
    }
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
    const limits = meteredLimits(this.policy)
    for (const bucket of metered) this[bucket].reconfigure(limits[bucket], this.share[bucket], nowMs)
    this.bytes.reconfigure(this.bytesPerSecond, this.#bytesAtOnce, nowMs, this.#bytesAtOnce)
    const promqlAtOnce = this.#promqlBytesAtOnce
    this.promqlBytes.reconfigure(this.promqlBytesPerSecond, promqlAtOnce, nowMs, promqlAtOnce)
  }
}

/**
 * Many times what a sample with its labels has (about 200 bytes), so that the limit of samples refuses an honest sender
 * first, also one that sends many times its limit.
 */
const bytesPerSample = 4_096

/** Many times what a dashboard's query has, so that the limit of queries refuses an honest reader first. */
const bytesPerQuery = 2_048
/** Two of the largest queries. */
const leastPromqlBytesAtOnce = 32_768

const metered = ['samples', 'requests', 'queries'] as const
type Metered = (typeof metered)[number]

/** The limits that buckets enforce. Two seconds' requests may come at once, like the samples by default; a minute's queries. */
function meteredLimits({ limits }: TenantPolicy): Record<Metered, Limit> {
  const requestsPerSecond = limits['ingest.requestsPerSecond']
  const queriesPerMinute = limits['query.requestsPerMinute']
  return {
    samples: { ratePerSecond: limits['ingest.samplesPerSecond'], capacity: limits['ingest.burstSamples'] },
    requests: { ratePerSecond: requestsPerSecond, capacity: 2 * requestsPerSecond },
    queries: { ratePerSecond: queriesPerMinute / 60, capacity: queriesPerMinute },
  }
}
