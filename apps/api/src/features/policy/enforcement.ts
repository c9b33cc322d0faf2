import type { GatewayProgress, PolicyVersionProgress } from '@tickwatch/db'
import type { Enforcement } from './propagation.ts'

/**
 * When a gateway began to enforce a version, if it does. The time is from its own clock, but kept between the
 * publication and the heartbeat that reported it: with a wrong clock it could be before the publication.
 */
export function enforcementOf(row: GatewayProgress, versions: readonly PolicyVersionProgress[]): Enforcement[] {
  const { enforced } = row
  if (!enforced) return []
  const version = versions.find((v) => v.version === enforced.version)
  const disagrees = version && row.appliedVersion === enforced.version && row.appliedSha256 !== version.sha256
  if (disagrees) return []
  const published = version?.waves.find(({ ring }) => ring === row.ring)?.publishedAt?.getTime() ?? 0
  const ms = Math.min(Math.max(enforced.appliedAt.getTime(), published), enforced.receivedAt.getTime())
  return [{ gatewayId: row.gatewayId, version: enforced.version, enforcedAt: new Date(ms) }]
}
