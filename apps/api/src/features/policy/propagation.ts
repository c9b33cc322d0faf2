import { behindAfterMs, type GatewayReport, isGone, type Ring, type Wave } from '@tickwatch/policy'
import type { PolicyVersionState, PropagationView } from './policy.types.ts'

/** How far a version got. */
export type VersionProgress = {
  version: number
  state: PolicyVersionState
  createdAt: Date
  waves: readonly { ring: Ring; publishedAt: Date | null; enforcedAt: Date | null }[]
  enforcedAt: Date | null
  held: string | null
}
/** When a gateway began to enforce a version. */
export type Enforcement = { gatewayId: string; version: number; enforcedAt: Date }

/** A gateway's newest heartbeat, and since when the gateway is away; null while it is there. */
export type GatewayStanding = GatewayReport & { awaySinceMs: number | null }

/**
 * How far a change got. Each version carries all earlier changes too. So if the change's own version was superseded,
 * the steps of the next version count.
 * @param versions the change's own version and all later ones, oldest first
 * @param enforcements of those versions
 * @param configured the waves of the next version: their rings are shown while no version carries the change, and their
 *   holds say how long a silent gateway is shown
 */
export function propagationView(
  change: { version: number | null; savedAt: Date },
  versions: readonly VersionProgress[],
  gateways: readonly GatewayStanding[],
  enforcements: readonly Enforcement[],
  nowMs: number,
  configured: readonly Wave[],
): PropagationView {
  const since = (at: Date | null | undefined) => (at ? Math.max(0, at.getTime() - change.savedAt.getTime()) : null)
  const carrier = versions.find((v) => v.state !== 'superseded' && v.state !== 'refused') ?? versions.at(-1)
  const enforcedBy = firstEnforcements(enforcements)
  const rings = (carrier?.waves ?? configured).map((wave) => wave.ring)
  const holdSeconds = (ring: Ring) => configured.find((wave) => wave.ring === ring)?.holdSeconds ?? 0
  const waveOf = (ring: Ring) => versions.flatMap((v) => v.waves.filter((wave) => wave.ring === ring))
  const publishedTo = (ring: Ring) => earliest(waveOf(ring).map((wave) => wave.publishedAt))
  return {
    version: change.version,
    state: change.version === null || !carrier ? 'saved' : carrier.state,
    savedAt: change.savedAt.toISOString(),
    compiledMs: since(versions[0]?.createdAt),
    waves: rings.map((ring) => ({
      ring,
      publishedMs: since(publishedTo(ring)),
      enforcedMs: since(earliest(waveOf(ring).map((wave) => wave.enforcedAt))),
    })),
    enforcedMs: since(earliest(versions.map((v) => v.enforcedAt))),
    gateways: gateways
      .filter((g) => rings.includes(g.ring) && !isGone(g.heartbeatAt, holdSeconds(g.ring), nowMs))
      .map((g) => {
        const enforcedMs = since(enforcedBy.get(g.gatewayId))
        const publishedAtMs = publishedTo(g.ring)?.getTime() ?? nowMs
        const late = nowMs - publishedAtMs >= behindAfterMs
        return { gatewayId: g.gatewayId, ring: g.ring, enforcedMs, ...standing(g, change.version, enforcedMs, late) }
      }),
    held: carrier?.held ?? null,
  }
}

const earliest = (times: readonly (Date | null)[]) =>
  times.reduce((best, at) => (at && (!best || at < best) ? at : best), null)

function firstEnforcements(enforcements: readonly Enforcement[]): Map<string, Date> {
  const first = new Map<string, Date>()
  for (const { gatewayId, enforcedAt } of enforcements) {
    const known = first.get(gatewayId)
    if (!known || enforcedAt < known) first.set(gatewayId, enforcedAt)
  }
  return first
}

/**
 * Whether a gateway enforces the change, and a sentence if something is wrong. The sentence contains no elapsed time,
 * because a live view is sent again whenever its text changes.
 * @param late true if the gateway had the time to get the change
 */
function standing(g: GatewayStanding, version: number | null, enforcedMs: number | null, late: boolean) {
  if (enforcedMs !== null) return { state: 'in-sync' as const, detail: null }
  if (g.awaySinceMs !== null) {
    return {
      state: 'away' as const,
      detail: `no heartbeat since ${new Date(g.awaySinceMs).toISOString().slice(11, 19)} UTC`,
    }
  }
  if (g.refused && version !== null && g.refused.version >= version) {
    const why = g.refused.reason === '' ? '' : `: ${g.refused.reason}`
    return { state: 'refused' as const, detail: `refused v${g.refused.version}${why}` }
  }
  if (version !== null && g.appliedVersion !== null && g.appliedVersion >= version) {
    return { state: 'disagrees' as const, detail: `reports v${g.appliedVersion}, but with other contents` }
  }
  const enforces = g.appliedVersion === null ? 'enforces no policy yet' : `still enforces v${g.appliedVersion}`
  return { state: 'behind' as const, detail: late ? enforces : null }
}
