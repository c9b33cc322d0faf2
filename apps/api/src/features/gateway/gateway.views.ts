import type { Attestation, Gateway, GatewayStart, RefusedUncounted, RingProgress, TenantOnGateway } from '@tickwatch/db'
import {
  awaySinceMs,
  type GatewayPolicyState,
  type GatewayReport,
  gatewayPolicyState,
  unreadReasons,
  type Wave,
} from '@tickwatch/policy'
import type { FleetView, GatewayDetailView, GatewayStartView, GatewayView, RefusalsView } from './gateway.types.ts'
import { hasEnded, isLive } from './liveSince.ts'

/** A gateway that left or ended, or that is silent for this long, no longer belongs to the fleet. */
const forgottenAfterMs = 3_600_000

export const stillKnown = (gateway: Gateway, nowMs: number) =>
  !hasEnded(gateway) && nowMs - gateway.heartbeatAt.getTime() < forgottenAfterMs

export const reportOf = (gateway: Gateway): GatewayReport => ({
  gatewayId: gateway.gatewayId,
  ring: gateway.ring,
  heartbeatAt: gateway.heartbeatAt.getTime(),
  appliedVersion: gateway.applied?.version ?? null,
  appliedSha256: gateway.applied?.sha256 ?? null,
  refused: gateway.refused,
  unsaved: gateway.unsaved,
})

/**
 * The version in each ring's manifest, and the waves, which say which rings get versions. `processSince` is when this
 * process read them, and began to get heartbeats.
 */
export type RingTargets = RingProgress & { waves: readonly Wave[]; processSince: Date }

/** Since when a gateway is away; null while it is there. */
export const awaySince = (
  { heartbeatAt, lostAt }: Pick<Gateway, 'heartbeatAt' | 'lostAt'>,
  processSince: Date,
  nowMs: number,
): number | null =>
  awaySinceMs(
    { heartbeatAtMs: heartbeatAt.getTime(), lostAtMs: lostAt?.getTime() ?? null },
    nowMs,
    processSince.getTime(),
  )

/** Whether a gateway enforces what its ring's manifest says, and since when not. */
export function standingOf(
  gateway: Gateway,
  { desires, missedSince, waves, processSince }: RingTargets,
  nowMs: number,
): GatewayPolicyState {
  const away = awaySince(gateway, processSince, nowMs)
  if (!waves.some(({ ring }) => ring === gateway.ring)) {
    return away === null
      ? { state: 'no-wave', sinceMs: latest(gateway.startedAt, processSince).getTime() }
      : { state: 'away', sinceMs: away }
  }
  const desired = desires.find((d) => d.ring === gateway.ring)
  if (!desired) return gatewayPolicyState(null, reportOf(gateway), away)
  // A gateway without any policy is new: it drifts since its start at the earliest, not since an earlier publication.
  const newest = gateway.applied ? desired.publishedAt : latest(desired.publishedAt, gateway.startedAt)
  const publishedAtMs = (missedSince.get(gateway.gatewayId) ?? newest).getTime()
  return gatewayPolicyState({ ...desired, publishedAtMs }, reportOf(gateway), away)
}

const latest = (a: Date, b: Date) => (a > b ? a : b)

const unknownFigures = {
  ...{ samplesPerSecond: null, requestsPerSecond: null, refusals: null },
  ...{ activeSeries: null, cpuRatio: null, memoryBytes: null },
}

/** @param uncounted what it refuses that is not counted in samples; undefined if nothing */
export function gatewayView(
  gateway: Gateway,
  targets: RingTargets,
  nowMs: number,
  uncounted: RefusedUncounted | undefined,
): GatewayView {
  const {
    applied,
    startedAt,
    heartbeatAt,
    leftAt: _left,
    lostAt: _lost,
    endedAt: _ended,
    refused: _refused,
    unsaved: _unsaved,
    formatsRead: _formats,
    samplesPerSecond,
    requestsPerSecond,
    refusedPerSecond,
    activeSeries,
    cpuRatio,
    memoryBytes,
    ...facts
  } = gateway
  const refusals = { samples: refusedPerSecond, requests: uncounted?.requests ?? 0, queries: uncounted?.queries ?? 0 }
  const figures = { samplesPerSecond, requestsPerSecond, refusals, activeSeries, cpuRatio, memoryBytes }
  return {
    ...facts,
    ...(isLive(gateway, nowMs) ? figures : unknownFigures),
    startedAt: startedAt.toISOString(),
    heartbeatAt: heartbeatAt.toISOString(),
    desiredVersion: targets.desires.find((d) => d.ring === gateway.ring)?.version ?? null,
    appliedVersion: applied?.version ?? null,
    appliedSha256: applied?.sha256 ?? null,
    policyState: standingOf(gateway, targets, nowMs),
  }
}

/** @param uncounted by gateway, as in {@link gatewayView} */
export function fleetView(
  gateways: readonly Gateway[],
  targets: RingTargets,
  nowMs: number,
  uncounted: ReadonlyMap<string, RefusedUncounted> = new Map(),
): FleetView {
  const known = gateways.filter((g) => stillKnown(g, nowMs))
  const views = known.map((g) => gatewayView(g, targets, nowMs, uncounted.get(g.gatewayId)))
  const refusals = views.flatMap((view) => view.refusals ?? [])
  const sumOf = (of: keyof RefusalsView) => total(refusals.map((refused) => refused[of]))
  const silent = !known.some((g) => isLive(g, nowMs))
  return {
    gateways: views,
    samplesPerSecond: silent ? null : total(views.map((view) => view.samplesPerSecond ?? 0)),
    refusals: silent ? null : { samples: sumOf('samples'), requests: sumOf('requests'), queries: sumOf('queries') },
    inSync: views.filter((g) => g.policyState.state === 'in-sync').length,
    away: views.filter((g) => g.policyState.state === 'away').length,
  }
}

/** How a gateway left the fleet, and when; null if it did not. */
export function endView({ leftAt, endedAt }: Gateway): GatewayDetailView['end'] {
  if (leftAt) return { how: 'drained', at: leftAt.toISOString() }
  return endedAt && { how: 'instance-ended', at: endedAt.toISOString() }
}

export const tenantView = ({
  refusedPerSecond,
  refusedByReason,
  refusedQueriesByReason,
  ...tenant
}: TenantOnGateway): GatewayDetailView['tenants'][number] => {
  const unread = [...unreadReasons].map((reason) => refusedByReason[reason] ?? 0)
  return {
    ...tenant,
    refusals: {
      samples: refusedPerSecond,
      requests: total(unread),
      queries: total(Object.values(refusedQueriesByReason)),
    },
  }
}

const total = (rates: readonly number[]) => rates.reduce((sum, rate) => sum + rate, 0)

export const attestationView = (a: Attestation): GatewayDetailView['attestations'][number] => ({
  version: a.version,
  sha256: a.sha256,
  appliedAt: a.appliedAt.toISOString(),
  // The gateway's clock may be wrong: keep its time between the save and the heartbeat, which our clock measured.
  enforcedMs: a.savedAt && Math.max(0, Math.min(a.appliedAt.getTime(), a.receivedAt.getTime()) - a.savedAt.getTime()),
})

export const startView = (start: GatewayStart): GatewayStartView => ({
  gatewayId: start.gatewayId,
  startedAt: start.startedAt.toISOString(),
  reportedAt: start.reportedAt.toISOString(),
  softwareVersion: start.softwareVersion,
  previous: start.previousEndedAt && {
    end: start.previousLeft ? 'left' : 'lost',
    at: start.previousEndedAt.toISOString(),
  },
})
