import { createHash } from 'node:crypto'
import type { QuotaHead } from '@tickwatch/db'
import {
  type BundleTenant,
  canonicalJson,
  type Envelope,
  type Limits,
  limitNames,
  type TenantStatus,
} from '@tickwatch/policy'
import { behindBoosts, type Judgement, judgeChange, type PastRevision } from '../quota/quota.rules.ts'

export type TenantNow = QuotaHead & { tenantId: string; status: TenantStatus; envelope: Envelope }
/** What a rollback does, each list in the order of the tenants that it was given. */
export type RollbackPlan = {
  /** The tenants whose effective limits change. `revision` is the one that the change is based on. */
  steps: (Judgement & { tenantId: string; revision: number })[]
  /** Tenants that the version does not have. */
  createdSince: string[]
  /** Tenants that were active then and are suspended now, and the other way round. */
  suspendedSince: string[]
  resumedSince: string[]
}

/**
 * Plans a rollback of all tenants' limits to those of a policy version. Nothing else comes back: not a tenant's status, its
 * tokens or its envelope.
 * @param then the tenants of the version
 * @param histories of tenants that had a boost then: their revisions up to the version's, oldest first. A boost does not
 *   come back: its limit gets the value from before it.
 */
export function planRollback(
  then: ReadonlyMap<string, BundleTenant>,
  now: readonly TenantNow[],
  defaults: Limits,
  histories: ReadonlyMap<string, readonly PastRevision[]> = new Map(),
): RollbackPlan {
  const plan: RollbackPlan = { steps: [], createdSince: [], suspendedSince: [], resumedSince: [] }
  for (const { tenantId, status, revision, limits, envelope } of now) {
    const earlier = then.get(tenantId)
    if (!earlier) {
      plan.createdSince.push(tenantId)
      continue
    }
    if (earlier.status !== status) plan[status === 'suspended' ? 'suspendedSince' : 'resumedSince'].push(tenantId)
    const back = limitsThen(earlier.limits, limits, histories.get(tenantId) ?? [])
    const judgement = judgeChange({ before: limits, defaults, envelope }, back)
    if (judgement.changes.length > 0) plan.steps.push({ ...judgement, tenantId, revision })
  }
  return plan
}

/** The limits that a tenant had then, where null means the platform's default; without boosts, except one that still runs. */
function limitsThen(then: Limits, now: Limits, history: readonly PastRevision[]): Limits {
  const unboosted = behindBoosts(history)
  const back: Limits = {}
  for (const limit of limitNames) {
    const value = then[limit] ?? null
    const moved = value !== (now[limit] ?? null)
    back[limit] = moved && unboosted[limit] !== undefined ? unboosted[limit] : value
  }
  return back
}

/** Two plans of a version that change the same limits from the same revisions have the same one: a hex SHA-256. */
export function fingerprintOf(version: number, { steps }: Pick<RollbackPlan, 'steps'>): string {
  const changes = steps.map(({ tenantId, revision, changes }) => ({ tenantId, revision, changes }))
  return createHash('sha256').update(canonicalJson({ version, changes })).digest('hex')
}
