import {
  attestations,
  type Database,
  gatewayStarts,
  gateways,
  gatewayTenants,
  jobs,
  type LiveDemands,
  policyVersions,
  readerTokens,
  refusalCauses,
  usage,
} from '@tickwatch/db'
import {
  awayAfterMs,
  computeShares,
  type Demand,
  type Heartbeat,
  type HeartbeatAnswer,
  lateAfterMs,
  type PolicyNews,
  type Ring,
  seriesClaims,
  takenTogether,
  type Wave,
} from '@tickwatch/policy'
import { keptFor } from '../../shared/cached.ts'
import type { ChangeFeed } from '../../shared/changeFeed.ts'
import { notFound } from '../../shared/errors.ts'
import type { FleetView, GatewayDetailView, GatewayStartView } from './gateway.types.ts'
import { attestationView, endView, fleetView, gatewayView, startView, tenantView } from './gateway.views.ts'
import { createLostContact } from './lostContact.ts'
import { createPolicyNews } from './policyNews.ts'
import { ringTargetsReader } from './ringTargets.ts'

export type GatewayService = {
  fleet(): Promise<FleetView>
  get(gatewayId: string): Promise<GatewayDetailView>
  /** The newest starts of all gateways, newest first. */
  starts(): Promise<GatewayStartView[]>
  /** The fleet now, and again whenever a gateway reports (at most once a second), until `signal` aborts. */
  fleetLive(signal: AbortSignal): AsyncGenerator<FleetView>
  /** Records what a gateway enforces and sees. A new attestation or refusal may promote or stop its version. */
  heartbeat(gatewayId: string, heartbeat: Heartbeat): Promise<HeartbeatAnswer>
  /**
   * Waits for a policy version of the gateway's ring that is newer than `after`.
   * @param gone aborts if the connection breaks: the gateway may have died
   */
  news(gatewayId: string, about: { ring: Ring; after: number }, gone: AbortSignal): Promise<PolicyNews>
}

const attestationsShown = 50
const startsShown = 20
/** Two that are missed show a gateway as away. */
const nextHeartbeatMs = 1_000
const fleetEveryMs = 1_000
/** One read of all demands serves all heartbeats within this time. */
const demandsKeptMs = 500

export function createGatewayService(db: Database, feed: ChangeFeed, waves: readonly Wave[]): GatewayService {
  const ringTargets = ringTargetsReader(waves)
  const uncounted = keptFor(fleetEveryMs, () => db.platform(usage.refusedUncounted))
  const fleet = async () => {
    const refused = await uncounted()
    return db.platform(async (tx) => fleetView(await gateways.list(tx), await ringTargets(tx), Date.now(), refused))
  }
  const demands = keptFor(demandsKeptMs, () =>
    db.platform((tx) => {
      const nowMs = Date.now()
      return gateways.liveDemands(tx, new Date(nowMs - awayAfterMs), new Date(nowMs - lateAfterMs))
    }),
  )
  const lostContact = createLostContact(db)
  const policyNews = createPolicyNews(feed, async () => {
    const desires = await db.platform((tx) => policyVersions.desired(tx))
    return new Map(desires.map(({ ring, version }) => [ring, version]))
  })

  return {
    fleet,

    fleetLive: (signal) =>
      feed.follow({
        matters: ({ kind }) => kind === 'gateway' || kind === 'policy' || kind === 'resync',
        read: fleet,
        everyMs: fleetEveryMs,
        signal,
      }),

    get: (gatewayId) =>
      db.platform(async (tx) => {
        const gateway = await gateways.byId(tx, gatewayId)
        if (!gateway) throw notFound('gateway')
        const newest = await attestations.newest(tx, gatewayId, attestationsShown)
        const tenants = (await gatewayTenants.list(tx, gatewayId)).map(tenantView)
        const refused = {
          requests: tenants.reduce((sum, { refusals }) => sum + refusals.requests, 0),
          queries: tenants.reduce((sum, { refusals }) => sum + refusals.queries, 0),
        }
        return {
          ...gatewayView(gateway, await ringTargets(tx), Date.now(), refused),
          end: endView(gateway),
          attestations: newest.map(attestationView),
          tenants,
          starts: (await gatewayStarts.list(tx, gatewayId, startsShown)).map(startView),
        }
      }),

    starts: () => db.platform(async (tx) => (await gatewayStarts.list(tx, null, startsShown)).map(startView)),

    async heartbeat(
      gatewayId,
      { startedAt, applied, refused, unsaved, refusalCauses: causes, readerUses, ...heartbeat },
    ) {
      const outcome = await db.platform(async (tx) => {
        const receivedAt = new Date()
        const report = {
          ...heartbeat,
          gatewayId,
          startedAt: new Date(startedAt),
          applied: applied && { ...applied, appliedAt: new Date(applied.appliedAt) },
          refused: refused && { ...refused, at: new Date(refused.at) },
          unsaved: unsaved && { ...unsaved, at: new Date(unsaved.at) },
        }
        const outcome = await gateways.recordHeartbeat(tx, report, receivedAt)
        if (causes) await refusalCauses.record(tx, gatewayId, causes, receivedAt)
        if (readerUses) await readerTokens.recordUses(tx, readerUses, receivedAt)
        else await readerTokens.recordGap(tx, receivedAt)
        if (outcome.formatsToCheck || heartbeat.leaving) {
          // The publisher does nothing if the newest version is already in the formats that the fleet reads.
          await jobs.enqueue(tx, { task: 'publish', payload: {}, jobKey: 'publish' })
        }
        if (heartbeat.leaving || outcome.isNew || outcome.attestedNow || outcome.refusedNow) {
          await jobs.enqueue(tx, { task: 'promote', payload: {}, jobKey: 'promote' })
          await jobs.notify(tx, { kind: 'gateway', gatewayId })
        }
        return outcome
      })
      const { gatewayIds, demands: byTenant } = await demands()
      const gatewayCount = new Set([...gatewayIds, gatewayId]).size
      return {
        policyVersionHint: outcome.desiredVersion,
        shares: sharesOf(gatewayId, gatewayCount, byTenant, heartbeat.tenants),
        othersTaken: othersTakenOf(gatewayId, byTenant, heartbeat.tenants),
        seriesClaims: claimsOf(gatewayId, byTenant, heartbeat.tenants),
        defaultShare: 1 / gatewayCount,
        nextHeartbeatMs,
      }
    },

    async news(gatewayId, { ring, after }, gone) {
      const news = await policyNews(ring, after, gone)
      if (gone.aborted) lostContact(gatewayId)
      return news
    },
  }
}

/**
 * This gateway's share of the limits of the tenants that it sees.
 * @param own the demand in this heartbeat. `byTenant` may be half a second old and still show this gateway as idle.
 *   With an idle gateway's share it would refuse samples that are within the limit.
 */
export function sharesOf(
  gatewayId: string,
  gatewayCount: number,
  byTenant: LiveDemands['demands'],
  own: Heartbeat['tenants'],
): HeartbeatAnswer['shares'] {
  const shares: HeartbeatAnswer['shares'] = {}
  for (const [tenantId, saw] of Object.entries(own)) {
    const others = (byTenant.get(tenantId) ?? []).filter((d) => d.gatewayId !== gatewayId)
    const share = computeShares([ownDemand(gatewayId, saw), ...others], gatewayCount).get(gatewayId)
    if (share) shares[tenantId] = share
  }
  return shares
}

/** Per tenant of this gateway: what the others took, unless one of them does not report it. */
export function othersTakenOf(
  gatewayId: string,
  byTenant: LiveDemands['demands'],
  own: Heartbeat['tenants'],
): NonNullable<HeartbeatAnswer['othersTaken']> {
  const taken: NonNullable<HeartbeatAnswer['othersTaken']> = {}
  for (const tenantId of Object.keys(own)) {
    const others = (byTenant.get(tenantId) ?? []).filter((d) => d.gatewayId !== gatewayId)
    const together = takenTogether(others)
    if (together) taken[tenantId] = together
  }
  return taken
}

/** Per tenant of this gateway that others report too: the sum of all claims, and whether duplicates are known. */
export function claimsOf(
  gatewayId: string,
  byTenant: LiveDemands['demands'],
  own: Heartbeat['tenants'],
): NonNullable<HeartbeatAnswer['seriesClaims']> {
  const claims: NonNullable<HeartbeatAnswer['seriesClaims']> = {}
  for (const [tenantId, saw] of Object.entries(own)) {
    const others = (byTenant.get(tenantId) ?? []).filter((d) => d.gatewayId !== gatewayId && d.activeSeries > 0)
    if (others.length === 0) continue
    const { total, distinct } = seriesClaims([ownDemand(gatewayId, saw), ...others])
    claims[tenantId] = { total, sketched: distinct !== null }
  }
  return claims
}

const ownDemand = (gatewayId: string, saw: Heartbeat['tenants'][string]): Demand => ({
  gatewayId,
  samplesPerSecond: saw.demandSamplesPerSecond,
  requestsPerSecond: saw.demandRequestsPerSecond,
  activeSeries: saw.demandSeries,
  seriesSketch: saw.seriesSketch,
  queriesPerSecond: saw.demandQueriesPerSecond,
})
