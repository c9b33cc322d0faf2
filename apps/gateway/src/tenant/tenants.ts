import type { HeartbeatAnswer, HeartbeatTenant, Share } from '@tickwatch/policy'
import type { Policy } from '../policy/policy.ts'
import { demandWindowS, liveWindowS } from './meters.ts'
import { Tenant } from './tenant.ts'

/** This gateway's shares of the tenants' limits, as the control plane last said. */
export type Shares = { byTenant: ReadonlyMap<string, Share>; defaultShare: number }

/** A tenant that has neither written nor read for this long is forgotten, its buckets and series permitting. */
const forgetAfterMs = 600_000
/** Series looked at by one sweep: about a millisecond. */
const sweepBudget = 10_000

/** The tenants of the policy, and what is kept of those that write or read here. */
export class Tenants {
  policy: Policy | null = null
  shares: Shares
  readonly #live = new Map<string, Tenant>()
  /** Tenants that this round of sweeps has yet to come to. */
  #unswept: Tenant[] = []
  readonly #onNeedShare: () => void
  readonly #onForget: (tenantId: string) => void
  /** The control plane did not answer the last heartbeat: nobody hands out shares as traffic moves. */
  #alone = false

  /**
   * @param onNeedShare a tenant writes, or reads, for the first time in the demand window, or its series need room: its share
   *   is not made for that.
   * @param onForget nothing is kept of a tenant any more.
   */
  constructor(shares: Shares, onNeedShare: () => void, onForget: (tenantId: string) => void) {
    this.shares = shares
    this.#onNeedShare = onNeedShare
    this.#onForget = onForget
  }

  get live(): Iterable<Tenant> {
    return this.#live.values()
  }

  /** The tenant of a write; null when the policy does not know it. It may be suspended. */
  forWrite(id: string, nowMs: number): Tenant | null {
    const tenant = this.#liveTenant(id, nowMs)
    if (!tenant) return null
    const quietMs = nowMs - tenant.lastWriteMs
    tenant.lastWriteMs = nowMs
    if (quietMs > demandWindowS * 1_000) this.#askForShare(tenant)
    return tenant
  }

  /** The tenant of a query, as {@link forWrite}: who writes here need not read here, so each asks for its own share. */
  forQuery(id: string, nowMs: number): Tenant | null {
    const tenant = this.#liveTenant(id, nowMs)
    if (!tenant) return null
    const quietMs = nowMs - tenant.lastQueryMs
    tenant.lastQueryMs = nowMs
    if (quietMs > demandWindowS * 1_000) this.#askForShare(tenant)
    return tenant
  }

  /** The shares no longer fit the demand: asks for new ones. */
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
  }

  /**
   * Takes the shares that answer a heartbeat. Without an answer (null) the last ones stand, but none is under an equal
   * share: a tenant whose traffic moves here meanwhile, from a gateway that died, would be starved by an idle one's reserve.
   * Of series it is the whole limit, as what is refused of them is lost.
   * @param reported the figures that the heartbeat carried
   */
  applyShares(
    answer: Pick<HeartbeatAnswer, 'shares' | 'defaultShare' | 'seriesClaims'> | null,
    reported: Record<string, HeartbeatTenant>,
    nowMs: number,
  ): void {
    this.#alone = answer === null
    if (answer) this.shares = { byTenant: new Map(Object.entries(answer.shares)), defaultShare: answer.defaultShare }
    for (const tenant of this.#live.values()) {
      tenant.setShare(this.#shareOf(tenant.id), nowMs)
      const told = reported[tenant.id]
      if (told || !answer) tenant.awaitsShare = false
      const claims = answer?.seriesClaims?.[tenant.id]
      tenant.sketchSeries = claims !== undefined && claims.total > tenant.policy.limits['series.activeMax']
      tenant.seriesLimitConfirmed =
        told !== undefined &&
        told.demandSeries > told.activeSeries &&
        tenant.seriesMax < told.demandSeries &&
        (!tenant.sketchSeries || claims?.sketched === true)
      if (tenant.sketchSeries && told && told.seriesSketch === undefined) this.#onNeedShare()
    }
  }

  /** Forgets idle series a few at a time, and tenants that are gone. Call it every 100 ms or so. */
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

  /** The heartbeat's figures of the tenants that wrote or read in the last 30 s. */
  figures(nowMs: number): Record<string, HeartbeatTenant> {
    const nowS = Math.floor(nowMs / 1_000)
    const figures: Record<string, HeartbeatTenant> = {}
    for (const tenant of this.#live.values()) {
      const { id, meters, series, lastWriteMs, lastQueryMs, sketchSeries } = tenant
      if (nowMs - Math.max(lastWriteMs, lastQueryMs) > demandWindowS * 1_000) continue
      const samplesPerSecond = meters.acceptedSamples.perSecond(nowS, liveWindowS)
      const requestsPerSecond = meters.acceptedRequests.perSecond(nowS, liveWindowS)
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
        refusedPerSecond: meters.refusedPerSecond(nowS),
      }
    }
    return figures
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
    const tenant = new Tenant(id, policy, this.#shareOf(id), nowMs)
    this.#live.set(id, tenant)
    return tenant
  }

  #askForShare(tenant: Tenant): void {
    tenant.awaitsShare = true
    this.#onNeedShare()
  }

  #forget(id: string): void {
    this.#live.delete(id)
    this.#onForget(id)
  }
}

/** A bucket that is not full again is kept: coming back must not be a way out of a debt. */
const owes = ({ samples, queries }: Tenant, nowMs: number) =>
  samples.fullInSeconds(nowMs) > 0 || queries.fullInSeconds(nowMs) > 0
