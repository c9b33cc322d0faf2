import { type GatewayProgress, policyVersions, type Tx } from '@tickwatch/db'
import type { GatewayReport } from '@tickwatch/policy'
import { enforcementOf } from './enforcement.ts'
import type { PropagationView } from './policy.types.ts'
import { propagationView } from './propagation.ts'

/** Of the versions after a change's own, which carry it too: so many may be superseded before one is enforced. */
const versionsAfter = 30

/**
 * How far each change got, read in two queries for all of them.
 * @param refusals why a gateway refused, by its id; only the platform may know
 */
export async function readPropagation(
  tx: Tx,
  changes: readonly { version: number | null; savedAt: Date }[],
  refusals: ReadonlyMap<string, string> = new Map(),
): Promise<PropagationView[]> {
  const nowMs = Date.now()
  const wanted = [...new Set(changes.flatMap(({ version }) => (version === null ? [] : [version])))]
  const versions = await policyVersions.progressFrom(tx, wanted, versionsAfter)
  // A change that waits for its version shows the gateways too: as what they enforce now.
  const progress = await policyVersions.gatewayProgress(tx, [...wanted, ...(changes.length > wanted.length ? [0] : [])])
  return changes.map((change) => {
    const after = change.version === null ? [] : versions.filter((v) => v.version >= (change.version ?? 0))
    const rows = progress.filter((p) => p.version === (change.version ?? 0))
    const enforcements = change.version === null ? [] : rows.flatMap((row) => enforcementOf(row, after))
    return propagationView(
      change,
      after,
      rows.map((row) => reportOf(row, refusals)),
      enforcements,
      nowMs,
    )
  })
}

const reportOf = (row: GatewayProgress, refusals: ReadonlyMap<string, string>): GatewayReport => ({
  gatewayId: row.gatewayId,
  ring: row.ring,
  heartbeatAt: row.heartbeatAt.getTime(),
  appliedVersion: row.appliedVersion,
  appliedSha256: row.appliedSha256,
  refused:
    row.refusedVersion === null ? null : { version: row.refusedVersion, reason: refusals.get(row.gatewayId) ?? '' },
})
