import { type GatewayProgress, type PolicyVersionProgress, policyVersions, type Tx } from '@tickwatch/db'
import type { GatewayReport, Wave } from '@tickwatch/policy'
import { awaySince } from '../gateway/gateway.views.ts'
import { enforcementOf } from './enforcement.ts'
import type { ProgressView, PropagationView } from './policy.types.ts'
import { propagationView } from './propagation.ts'

/** How many later versions are read per change. They carry it too, and its own version may have been superseded. */
const versionsAfter = 30

type Change = { version: number | null; savedAt: Date }

/**
 * How far each change got, read in two queries for all of them.
 * @param configured the waves of the next version
 * @param processSince when this process began to get heartbeats
 * @param refusals why a gateway refused, by its id; for the platform only, because a reason may name any tenant
 */
export async function readPropagation(
  tx: Tx,
  changes: readonly Change[],
  configured: readonly Wave[],
  processSince: Date,
  refusals: ReadonlyMap<string, string> = new Map(),
): Promise<PropagationView[]> {
  const nowMs = Date.now()
  const { wanted, versions } = await versionsOf(tx, changes)
  // A change that has no version yet shows the gateways too, with what they enforce now: 0 is no version's number.
  const progress = await policyVersions.gatewayProgress(tx, [...wanted, ...(changes.length > wanted.length ? [0] : [])])
  return changes.map((change) => {
    const after = carriersOf(change, versions)
    const rows = progress.filter((p) => p.version === (change.version ?? 0))
    const enforcements = change.version === null ? [] : rows.flatMap((row) => enforcementOf(row, after))
    return propagationView(
      change,
      after,
      rows.map((row) => ({ ...reportOf(row, refusals), awaySinceMs: awaySince(row, processSince, nowMs) })),
      enforcements,
      nowMs,
      configured,
    )
  })
}

/** How far each change got, without the state of each gateway: for lists, in one query. */
export async function readProgress(tx: Tx, changes: readonly Change[]): Promise<ProgressView[]> {
  const { versions } = await versionsOf(tx, changes)
  return changes.map((change) => {
    const { gateways: _none, ...progress } = propagationView(change, carriersOf(change, versions), [], [], 0, [])
    return progress
  })
}

async function versionsOf(tx: Tx, changes: readonly Change[]) {
  const wanted = [...new Set(changes.flatMap(({ version }) => (version === null ? [] : [version])))]
  return { wanted, versions: await policyVersions.progressFrom(tx, wanted, versionsAfter) }
}

/** A change's own version and all later ones. */
const carriersOf = ({ version }: Change, versions: readonly PolicyVersionProgress[]) =>
  version === null ? [] : versions.filter((v) => v.version >= version)

const reportOf = (row: GatewayProgress, refusals: ReadonlyMap<string, string>): GatewayReport => ({
  gatewayId: row.gatewayId,
  ring: row.ring,
  heartbeatAt: row.heartbeatAt.getTime(),
  appliedVersion: row.appliedVersion,
  appliedSha256: row.appliedSha256,
  refused:
    row.refusedVersion === null ? null : { version: row.refusedVersion, reason: refusals.get(row.gatewayId) ?? '' },
})
