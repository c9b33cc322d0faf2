import type { Ring } from './manifest.ts'

/** A gateway as its newest heartbeat tells it. Times are milliseconds since the epoch. */
export type GatewayReport = {
  gatewayId: string
  ring: Ring
  heartbeatAt: number
  appliedVersion: number | null
  appliedSha256: string | null
  refused: { version: number; reason: string } | null
}

/** A gateway not heard of for this long is away: it holds nothing up and is shown as such. */
export const awayAfterMs = 15_000
/** A canary that is away holds a version this long at most. */
export const canaryHoldMs = 30_000

export type PromotionDecision =
  | { step: 'promote'; because: 'attested' | 'no-canary' | 'hold-expired' }
  | { step: 'wait'; for: string[]; untilMs: number }
  | { step: 'stop'; gatewayId: string; reason: string }

/**
 * Whether a version that the canary ring was told of may go to the fleet: as soon as every canary that is there
 * attests it; never once one refuses it; after {@link canaryHoldMs} where canaries are away or silent about it.
 * @param heldSinceMs when the canary ring was first told of what the fleet has yet to hear
 */
export function decidePromotion(
  version: { version: number; sha256: string },
  heldSinceMs: number,
  canaries: readonly GatewayReport[],
  nowMs: number,
): PromotionDecision {
  const refusing = canaries.find((g) => g.refused?.version === version.version)
  if (refusing?.refused) return { step: 'stop', gatewayId: refusing.gatewayId, reason: refusing.refused.reason }
  if (canaries.length === 0) return { step: 'promote', because: 'no-canary' }
  const waiting = canaries.filter((g) => !attests(g, version))
  if (waiting.length === 0) return { step: 'promote', because: 'attested' }
  const untilMs = heldSinceMs + canaryHoldMs
  if (nowMs >= untilMs) return { step: 'promote', because: 'hold-expired' }
  return { step: 'wait', for: waiting.map((g) => g.gatewayId), untilMs }
}

/** Whether a gateway enforces this version, or a newer one. */
export const attests = (g: GatewayReport, v: { version: number; sha256: string }): boolean =>
  g.appliedVersion !== null &&
  (g.appliedVersion > v.version || (g.appliedVersion === v.version && g.appliedSha256 === v.sha256))

export type GatewayPolicyState =
  | { state: 'in-sync' }
  | { state: 'behind'; versions: number; sinceMs: number }
  | { state: 'refused'; version: number; reason: string; sinceMs: number }
  | { state: 'disagrees'; sinceMs: number }
  | { state: 'away'; sinceMs: number }

/** How one gateway stands against what its ring was told; everything but `in-sync` is drift. */
export function gatewayPolicyState(
  desired: { version: number; sha256: string; publishedAtMs: number } | null,
  gateway: GatewayReport,
  nowMs: number,
): GatewayPolicyState {
  if (nowMs - gateway.heartbeatAt > awayAfterMs) return { state: 'away', sinceMs: gateway.heartbeatAt }
  if (!desired) return { state: 'in-sync' }
  const since = { sinceMs: desired.publishedAtMs }
  if (gateway.appliedVersion === desired.version) {
    return gateway.appliedSha256 === desired.sha256 ? { state: 'in-sync' } : { state: 'disagrees', ...since }
  }
  if (gateway.refused?.version === desired.version) {
    return { state: 'refused', version: desired.version, reason: gateway.refused.reason, ...since }
  }
  const applied = gateway.appliedVersion ?? 0
  if (applied > desired.version) return { state: 'disagrees', ...since }
  return { state: 'behind', versions: desired.version - applied, ...since }
}
