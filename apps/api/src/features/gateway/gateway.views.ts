import type { Attestation, Gateway, RingProgress } from '@tickwatch/db'
import {
  awayAfterMs,
  type GatewayPolicyState,
  type GatewayReport,
  gatewayPolicyState,
  type Wave,
} from '@tickwatch/policy'
import type { FleetView, GatewayDetailView, GatewayView } from './gateway.types.ts'

/** A gateway that left, or that is silent for this long, no longer belongs to the fleet. */
const forgottenAfterMs = 3_600_000

export const stillKnown = (gateway: Gateway, nowMs: number) =>
  gateway.leftAt === null && nowMs - gateway.heartbeatAt.getTime() < forgottenAfterMs

export const reportOf = (gateway: Gateway): GatewayReport => ({
  gatewayId: gateway.gatewayId,
  ring: gateway.ring,
  heartbeatAt: gateway.heartbeatAt.getTime(),
  appliedVersion: gateway.applied?.version ?? null,
  appliedSha256: gateway.applied?.sha256 ?? null,
  refused: gateway.refused,
})

/**
 * The version in each ring's manifest, and the waves, which say which rings get versions. `wavesSince` is when this
 * process read them.
 */
export type RingTargets = RingProgress & { waves: readonly Wave[]; wavesSince: Date }

/** Whether a gateway enforces what its ring's manifest says, and since when not. */
export function standingOf(
  gateway: Gateway,
  { desires, missedSince, waves, wavesSince }: RingTargets,
  nowMs: number,
): GatewayPolicyState {
  if (!waves.some(({ ring }) => ring === gateway.ring)) {
    const heard = gatewayPolicyState(null, reportOf(gateway), nowMs)
    return heard.state === 'away'
      ? heard
      : { state: 'no-wave', sinceMs: latest(gateway.startedAt, wavesSince).getTime() }
  }
  const desired = desires.find((d) => d.ring === gateway.ring)
  if (!desired) return gatewayPolicyState(null, reportOf(gateway), nowMs)
  // A gateway without any policy is new: it drifts since its start at the earliest, not since an earlier publication.
  const newest = gateway.applied ? desired.publishedAt : latest(desired.publishedAt, gateway.startedAt)
  const publishedAtMs = (missedSince.get(gateway.gatewayId) ?? newest).getTime()
  return gatewayPolicyState({ ...desired, publishedAtMs }, reportOf(gateway), nowMs)
}

const latest = (a: Date, b: Date) => (a > b ? a : b)

export function gatewayView(gateway: Gateway, targets: RingTargets, nowMs: number): GatewayView {
  const {
    applied,
    startedAt,
    heartbeatAt,
    leftAt: _left,
    refused: _refused,
    formatsRead: _formats,
    ...figures
  } = gateway
  return {
    ...figures,
    startedAt: startedAt.toISOString(),
    heartbeatAt: heartbeatAt.toISOString(),
    desiredVersion: targets.desires.find((d) => d.ring === gateway.ring)?.version ?? null,
    appliedVersion: applied?.version ?? null,
    appliedSha256: applied?.sha256 ?? null,
    policyState: standingOf(gateway, targets, nowMs),
  }
}

export function fleetView(gateways: readonly Gateway[], targets: RingTargets, nowMs: number): FleetView {
  const known = gateways.filter((g) => stillKnown(g, nowMs))
  const live = known.filter((g) => nowMs - g.heartbeatAt.getTime() <= awayAfterMs)
  const views = known.map((g) => gatewayView(g, targets, nowMs))
  return {
    gateways: views,
    samplesPerSecond: live.reduce((sum, g) => sum + g.samplesPerSecond, 0),
    refusedPerSecond: live.reduce((sum, g) => sum + g.refusedPerSecond, 0),
    inSync: views.filter((g) => g.policyState.state === 'in-sync').length,
    away: views.filter((g) => g.policyState.state === 'away').length,
  }
}

export const attestationView = (a: Attestation): GatewayDetailView['attestations'][number] => ({
  version: a.version,
  sha256: a.sha256,
  appliedAt: a.appliedAt.toISOString(),
  // The gateway's clock may be wrong: keep its time between the save and the heartbeat, which our clock measured.
  enforcedMs: a.savedAt && Math.max(0, Math.min(a.appliedAt.getTime(), a.receivedAt.getTime()) - a.savedAt.getTime()),
})
