import { attests, awayAfterMs, type GatewayReport, type Ring, type Wave } from '@tickwatch/policy'
import { nextMove, type WaveStanding } from '@tickwatch/rollout'

/**
 * A wave of one version. `heldSinceMs` is null until this version is published to the wave's ring. Then it is the time
 * when the ring got the oldest version that the next ring does not have yet.
 */
export type WaveOnItsWay = Wave & { heldSinceMs: number | null }

type Because = 'attested' | 'no-gateway' | 'hold-expired'
type Waits = { for: string[]; untilMs: number }
type Refusal = { gatewayId: string; reason: string }

export type PromotionDecision =
  | { step: 'promote'; ring: Ring; because: Because }
  | ({ step: 'wait' } & Waits)
  | ({ step: 'stop' } & Refusal)

/**
 * Whether a version may be promoted to its next wave: as soon as every gateway of the wave before attests it, at once
 * if that ring has no gateway, and after that wave's hold if gateways are away or do not attest. Never if a gateway of
 * a ring that has the version refuses it. The order of the waves is decided as it is for rollouts of images (ADR 50).
 * @param waves in their order; the published ones come first
 * @param gateways of any ring
 * @param listeningSinceMs when this process began to receive heartbeats. A gateway that could not report to it yet gets
 *   the time to do so, even if the hold has ended.
 * @returns null if no wave is published yet, or if none follows.
 */
export function decidePromotion(
  version: Version,
  waves: readonly WaveOnItsWay[],
  gateways: readonly GatewayReport[],
  nowMs: number,
  listeningSinceMs: number,
): PromotionDecision | null {
  // A refusal after the last wave stops nothing: every ring has the version.
  if (waves.every(({ heldSinceMs }) => heldSinceMs !== null)) return null
  const standings = waves.map((wave) => standingOf(version, wave, gateways, listeningSinceMs))
  const move = nextMove(standings, nowMs)
  switch (move.step) {
    case 'begin': {
      const ring = waves[move.wave]?.ring
      // The first wave is due as soon as the version is compiled.
      return ring === undefined || move.because === null ? null : { step: 'promote', ring, because: move.because }
    }
    case 'wait':
      return { step: 'wait', ...move.waits }
    case 'stop':
      return { step: 'stop', ...move.failure }
    case 'finish':
      return null
  }
}

type Version = { version: number; sha256: string }

/** What the gateways of its ring say of a wave. When the hold ends the wave has passed: the fleet does not wait for the absent. */
function standingOf(
  version: Version,
  { ring, holdSeconds, heldSinceMs }: WaveOnItsWay,
  gateways: readonly GatewayReport[],
  listeningSinceMs: number,
): WaveStanding<Waits, Because, Refusal> {
  if (heldSinceMs === null) return { is: 'not begun', held: null }
  const members = gateways.filter((g) => g.ring === ring)
  for (const { gatewayId, refused } of members) {
    if (refused?.version === version.version) return { is: 'failed', failure: { gatewayId, reason: refused.reason } }
  }
  if (members.length === 0) return { is: 'passed', because: 'no-gateway' }
  const waiting = members.filter((g) => !attests(g, version))
  if (waiting.length === 0) return { is: 'passed', because: 'attested' }
  const unheard = waiting.some((g) => g.heartbeatAt < listeningSinceMs)
  const untilMs = Math.max(heldSinceMs + holdSeconds * 1_000, unheard ? listeningSinceMs + awayAfterMs : 0)
  return {
    is: 'under way',
    waits: { for: waiting.map((g) => g.gatewayId), untilMs },
    deadline: { atMs: untilMs, becomes: { is: 'passed', because: 'hold-expired' } },
  }
}
