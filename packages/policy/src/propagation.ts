import { lateAfterMs } from './shares.ts'
import type { Ring } from './waves.ts'

/** What a gateway's newest heartbeat says. Times are milliseconds since the epoch. */
export type GatewayReport = {
  gatewayId: string
  ring: Ring
  heartbeatAt: number
  appliedVersion: number | null
  appliedSha256: string | null
  refused: { version: number; reason: string } | null
  /** A version that it enforces but can't save. */
  unsaved?: { version: number; reason: string } | null
}

/**
 * A gateway that sent no heartbeat for this long is away: a version counts as enforced without it, and no share is kept
 * for it. The next wave still waits for it until the hold ends, unless it {@link isGone} or Auto Scaling ended its instance.
 */
export const awayAfterMs = 15_000

const goneAfterMs = 10 * 60_000

/**
 * Whether a gateway is silent for so long that no version waits for it and no propagation shows it: 10 minutes, or the
 * hold of its ring's wave if that is longer. So a propagation shows each gateway for which the next wave waits.
 */
export const isGone = (heartbeatAtMs: number, holdSeconds: number, nowMs: number): boolean =>
  nowMs - heartbeatAtMs >= Math.max(goneAfterMs, holdSeconds * 1_000)

/** A gateway polls SSM every 5 s. One without its ring's version is on time until the ring has it for this long. */
export const behindAfterMs = 10_000

/**
 * Since when a gateway is away, for the pages; null while it is there. It is away as soon as its connection broke and no
 * heartbeat followed, or when it missed two heartbeats.
 * @param lostAtMs when its connection broke, if no heartbeat followed
 * @param listeningSinceMs when this process began to receive heartbeats. A gateway that has not reported since then
 *   gets longer, because it may not have noticed yet that the control plane is back.
 */
export function awaySinceMs(
  { heartbeatAtMs, lostAtMs }: { heartbeatAtMs: number; lostAtMs: number | null },
  nowMs: number,
  listeningSinceMs: number,
): number | null {
  if (lostAtMs !== null) return lostAtMs
  const allowedMs = heartbeatAtMs < listeningSinceMs ? awayAfterMs : lateAfterMs
  return nowMs - Math.max(heartbeatAtMs, listeningSinceMs) > allowedMs ? heartbeatAtMs : null
}

/** Whether a gateway enforces this version, or a newer one. */
export const attests = (g: GatewayReport, v: { version: number; sha256: string }): boolean =>
  g.appliedVersion !== null &&
  (g.appliedVersion > v.version || (g.appliedVersion === v.version && g.appliedSha256 === v.sha256))

export type GatewayPolicyState =
  | { state: 'in-sync' }
  | { state: 'behind'; versions: number; sinceMs: number }
  | { state: 'refused'; version: number; reason: string; sinceMs: number }
  /** It enforces the version, but can't save it, so it can't attest it: after a restart it would not have it. */
  | { state: 'unsaved'; version: number; reason: string; sinceMs: number }
  | { state: 'disagrees'; sinceMs: number }
  | { state: 'away'; sinceMs: number }
  /** No wave names its ring. */
  | { state: 'no-wave'; sinceMs: number }

/**
 * Compares one gateway with its ring's manifest. Every state except `in-sync` is drift.
 * @param desired null before its ring's first manifest
 * @param awaySince the gateway's {@link awaySinceMs}
 */
export function gatewayPolicyState(
  desired: { version: number; sha256: string; publishedAtMs: number } | null,
  gateway: GatewayReport,
  awaySince: number | null,
): GatewayPolicyState {
  if (awaySince !== null) return { state: 'away', sinceMs: awaySince }
  if (!desired) return { state: 'in-sync' }
  const since = { sinceMs: desired.publishedAtMs }
  if (gateway.appliedVersion === desired.version) {
    return gateway.appliedSha256 === desired.sha256 ? { state: 'in-sync' } : { state: 'disagrees', ...since }
  }
  if (gateway.refused?.version === desired.version) {
    return { state: 'refused', version: desired.version, reason: gateway.refused.reason, ...since }
  }
  if (gateway.unsaved?.version === desired.version) {
    return { state: 'unsaved', version: desired.version, reason: gateway.unsaved.reason, ...since }
  }
  const applied = gateway.appliedVersion ?? 0
  if (applied > desired.version) return { state: 'disagrees', ...since }
  return { state: 'behind', versions: desired.version - applied, ...since }
}
