import type { HeartbeatAnswer, HeartbeatTenant, RefusalCauses, Share } from '@tickwatch/policy'
import type { Policy } from '../policy/policy.ts'
import { demandWindowS, liveWindowS } from './meters.ts'
import { Tenant } from './tenant.ts'

/** This gateway's shares of the tenants' limits, from the control plane's last answer. */
export type Shares = { byTenant: ReadonlyMap<string, Share>; defaultShare: number }

type SharesAnswer = Pick<HeartbeatAnswer, 'shares' | 'defaultShare' | 'seriesClaims' | 'othersTaken'>

/** A tenant without writes and reads for this long is forgotten, once its buckets are full and it has no series. */
const forgetAfterMs = 600_000
/** Tenants whose refusals one heartbeat explains, so that it stays small. The others are in the next ones. */
const reportedTenantsMax = 20
/** Series that one sweep checks. It takes about a millisecond. */
const sweepBudget = 10_000

/** The tenants of the policy, and the state of those that write or read here. */
export class Tenants {
  policy: Policy | null = null
  shares: Shares
  /** Called after shares or limits changed: a query that waits may run now. */
  onChange = () => {}
  readonly #live = new Map<string, Tenant>()
  /** Tenants that this round of sweeps has not checked yet. */
  #unswept: Tenant[] = []
  readonly #onNeedShare: () => void
  readonly #onForget: (tenantId: string) => void
  /** The control plane did not answer the last heartbeat, so nobody adjusts shares when traffic moves. */
  #alone = false
  /** The last answer told what other gateways took. */
  #lends = false

  /**
   * @param onNeedShare called when a tenant needs a new share: it writes or reads for the first time in the demand
   *   window, or its series do not fit.
   * @param onForget called when a tenant's state was dropped.
   */
  constructor(shares: Shares, onNeedShare: () => void, onForget: (tenantId: string) => void) {
    this.shares = shares
    this.#onNeedShare = onNeedShare
    this.#onForget = onForget
  }

  get live(): Iterable<Tenant> {
    return this.#live.values()
  }

  /** The tenant of a write, which may be suspended. Null if the policy does not know it. */
  forWrite(id: string, nowMs: number): Tenant | null {
    const tenant = this.#liveTenant(id, nowMs)
    if (!tenant) return null
    const quietMs = nowMs - tenant.lastWriteMs
    tenant.lastWriteMs = nowMs
    if (quietMs > demandWindowS * 1_000) this.#askForShare(tenant, nowMs)
    return tenant
  }

  /** A tenant that writes or reads here. Unlike {@link forWrite}, it counts nothing. */
  liveById(id: string): Tenant | undefined {
    return this.#live.get(id)
  }

  /**
   * Like {@link forWrite}, for a query. A tenant that writes here may not read here, so each asks for its own share.
   */
  forQuery(id: string, nowMs: number): Tenant | null {
    const tenant = this.#liveTenant(id, nowMs)
    if (!tenant) return null
    const quietMs = nowMs - tenant.lastQueryMs
    tenant.lastQueryMs = nowMs
    if (quietMs > demandWindowS * 1_000) this.#askForShare(tenant, nowMs)
    return tenant
  }

  /** Asks for new shares, because they no longer fit the demand. */
  needShare(): void {
    this.#onNeedShare()
  }

  /** Enforces another policy from the next request on. */
  apply(policy: Policy, nowMs: number): void {
    this.policy = policy
    for (const tenant of this.#live.values()) {
      const own = policy.tenants.get(tenant.id)
      if (own) tenant.setPolicy(own, nowMs)
      else this.#forget(tenant.id)
    }
    this.onChange()
  }

  /**
   * Applies the shares in the answer to a heartbeat. Without an answer (null) the last ones stay in force, but each is
   * at least an equal share: the traffic of a gateway that died may move here, and an idle gateway's small share would
   * starve it. Series get the whole limit, because samples of refused series are lost.
   * @param reported the figures in the heartbeat that was sent
   */
  applyShares(answer: SharesAnswer | null, reported: Record<string, HeartbeatTenant>, nowMs: number): void {
    this.#alone = answer === null
    this.#lends = answer?.othersTaken !== undefined
    if (answer) this.shares = { byTenant: new Map(Object.entries(answer.shares)), defaultShare: answer.defaultShare }
    for (const tenant of this.#live.values()) {
      tenant.equalShare = this.shares.defaultShare
      tenant.setShare(this.#shareOf(tenant.id), nowMs)
      const sent = reported[tenant.id]
      tenant.settleQueries(sent?.taken?.queriesAtOnce, answer?.othersTaken?.[tenant.id]?.queriesAtOnce)
      if (sent || !answer) {
        tenant.awaitsShare = false
        tenant.settle(answer?.othersTaken?.[tenant.id] ?? null, nowMs)
        tenant.lendSeries(sent?.demandSeries ?? 0, answer && fleetSeries(tenant, answer, sent))
      }
      const claims = answer?.seriesClaims?.[tenant.id]
      tenant.sketchSeries = claims !== undefined && claims.total > tenant.policy.limits['series.activeMax']
      tenant.seriesLimitConfirmed =
        sent !== undefined &&
        sent.demandSeries > sent.activeSeries &&
        tenant.seriesMax < sent.demandSeries &&
        (!tenant.sketchSeries || claims?.sketched === true)
      if (tenant.sketchSeries && sent && sent.seriesSketch === undefined) this.#onNeedShare()
    }
    this.onChange()
    // The others' figures in the answer may be a second old, so queries that still wait ask again.
    for (const tenant of this.#live.values()) if (tenant.queriesWaiting > 0) this.#onNeedShare()
  }

  /** Forgets idle series, a few at a time, and idle tenants. Call it about every 100 ms. */
  sweep(nowMs: number): void {
    if (this.#unswept.length === 0) this.#unswept = [...this.#live.values()]
    for (let budget = sweepBudget; budget > 0; ) {
      const tenant = this.#unswept.at(-1)
      if (!tenant) return
      const { series } = tenant
      const looked = Math.min(budget, series.size - tenant.sweptSeries)
      series.sweep(nowMs / 1_000 - tenant.policy.limits['series.idleTimeoutSeconds'], looked)
      tenant.sweptSeries += looked
      budget -= looked + 1
      if (tenant.sweptSeries < series.size) continue
      tenant.sweptSeries = 0
      this.#unswept.pop()
      const gone = nowMs - Math.max(tenant.lastWriteMs, tenant.lastQueryMs) > forgetAfterMs
      if (gone && series.size === 0 && !owes(tenant, nowMs)) this.#forget(tenant.id)
    }
  }

  /** The heartbeat's figures of the tenants that wrote or read in the last 30 s, or still read. */
  figures(nowMs: number): Record<string, HeartbeatTenant> {
    const nowS = Math.floor(nowMs / 1_000)
    const figures: Record<string, HeartbeatTenant> = {}
    for (const tenant of this.#live.values()) {
      const { id, meters, series, lastWriteMs, lastQueryMs, sketchSeries } = tenant
      const isQuiet = nowMs - Math.max(lastWriteMs, lastQueryMs) > demandWindowS * 1_000
      // A query may run for minutes.
      if (isQuiet && tenant.queriesAtOnce === 0) {
        tenant.restartTaken()
        continue
      }
      const samplesPerSecond = meters.acceptedSamples.perSecond(nowS, liveWindowS)
      const requestsPerSecond = meters.acceptedRequests.perSecond(nowS, liveWindowS)
      const ages = meters.acceptedAgeSeconds.perSecond(nowS, liveWindowS)
      const [active, , overLimit] = series.counts
      figures[id] = {
        demandSamplesPerSecond: meters.demandSamples.perSecondSinceFirst(nowS, demandWindowS),
        demandRequestsPerSecond: meters.demandRequests.perSecondSinceFirst(nowS, demandWindowS),
        demandSeries: active + overLimit,
        ...(sketchSeries && { seriesSketch: series.sketch() }),
        demandQueriesPerSecond: meters.demandQueries.perSecondSinceFirst(nowS, demandWindowS),
        samplesPerSecond,
        requestsPerSecond,
        activeSeries: active,
        partUsedRatio: tenant.shareUsedRatio({ samplesPerSecond, requestsPerSecond, activeSeries: active }),
        ...(samplesPerSecond > 0 && { sampleAgeSeconds: ages / samplesPerSecond }),
        taken: tenant.taken,
        refusedPerSecond: meters.refused.perSecond(nowS),
        refusedQueriesPerSecond: meters.refusedQueries.perSecond(nowS),
      }
    }
    return figures
  }

  /**
   * Why samples and queries were refused, of the tenants of which something was refused just now, those first that were
   * reported longest ago; undefined if of none.
   */
  refusalCauses(nowMs: number, epochMs: number): Record<string, RefusalCauses> | undefined {
    const nowS = Math.floor(nowMs / 1_000)
    const due = [...this.#live.values()]
      .filter(({ refusals, refusedQueries }) => refusals.isDue(nowS) || refusedQueries.isDue(nowS))
      .sort((a, b) => a.refusals.reportedS - b.refusals.reportedS)
      .slice(0, reportedTenantsMax)
    const reports = due.flatMap((tenant) => {
      const report = causesOf(tenant, nowS, epochMs)
      return report ? [[tenant.id, report] as const] : []
    })
    return reports.length === 0 ? undefined : Object.fromEntries(reports)
  }

  #shareOf(id: string): Share {
    const { byTenant, defaultShare } = this.shares
    const equal = { samples: defaultShare, requests: defaultShare, series: defaultShare, queries: defaultShare }
    const share = byTenant.get(id) ?? equal
    if (!this.#alone) return share
    return {
      samples: Math.max(share.samples, defaultShare),
      requests: Math.max(share.requests, defaultShare),
      series: 1,
      queries: Math.max(share.queries, defaultShare),
    }
  }

  #liveTenant(id: string, nowMs: number): Tenant | null {
    const known = this.#live.get(id)
    if (known) return known
    const policy = this.policy?.tenants.get(id)
    if (!policy) return null
    const tenant = new Tenant(id, policy, this.#shareOf(id), this.shares.defaultShare, this.#onNeedShare, nowMs)
    this.#live.set(id, tenant)
    return tenant
  }

  #askForShare(tenant: Tenant, nowMs: number): void {
    tenant.awaitsShare = true
    if (this.#lends) tenant.lend(nowMs)
    this.#onNeedShare()
  }

  #forget(id: string): void {
    this.#live.delete(id)
    this.#onForget(id)
  }
}

/** The different series of a tenant on all gateways; null if the API is of a version that does not tell. */
function fleetSeries(tenant: Tenant, answer: SharesAnswer, sent: HeartbeatTenant | undefined): number | null {
  if (!answer.othersTaken || !sent) return null
  const claims = answer.seriesClaims?.[tenant.id]
  if (!claims) return sent.demandSeries
  // If sketches show which series are counted twice, the share is our series divided by the different ones.
  const isCountedOnce = claims.sketched && claims.total > tenant.policy.limits['series.activeMax']
  return isCountedOnce && sent.demandSeries > 0 ? sent.demandSeries / tenant.share.series : claims.total
}

function causesOf({ refusals, refusedQueries }: Tenant, nowS: number, epochMs: number): RefusalCauses | null {
  const [samples, queries] = [refusals.report(nowS, epochMs), refusedQueries.report(nowS, epochMs)]
  const since = samples?.since ?? queries?.since
  if (since === undefined) return null
  const ofQueries = queries?.causes.map(({ reason, samples, writers }) => ({
    reason,
    queries: samples,
    readers: writers.map(({ name, samples }) => ({ name, queries: samples })),
  }))
  return { since, causes: samples?.causes ?? [], ...(ofQueries && { queries: ofQueries }) }
}

/** A bucket that is not full is kept, so that a tenant cannot lose its debt by going away and coming back. */
const owes = ({ samples, queries }: Tenant, nowMs: number) =>
  samples.fullInSeconds(nowMs) > 0 || queries.fullInSeconds(nowMs) > 0
