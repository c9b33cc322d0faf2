import type { ObjectStore } from '@tickwatch/aws'
import {
  type AuditEvent,
  auditLog,
  type Database,
  jobs,
  type PlatformTx,
  policyVersions,
  quotas,
  tenants,
} from '@tickwatch/db'
import { diffLimits, type ReadBundle, resolveLimits } from '@tickwatch/policy'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import { notFound } from '../../shared/errors.ts'
import { readContent } from '../policy/readContent.ts'
import { nothingToRollBack, previewOutdated, versionRefused } from './rollback.errors.ts'
import { fingerprintOf, planRollback, type RollbackPlan } from './rollback.rules.ts'
import type { Listed, RollbackPreview, RolledBack, runInput } from './rollback.types.ts'

export type RollbackService = {
  /** @throws not found, version-refused, and what {@link readContent} throws. */
  preview(version: number): Promise<RollbackPreview>
  /**
   * Gives every tenant the limits that it had in a version, as new revisions in one transaction. The next policy version
   * carries all of them, through the waves like any other.
   * @throws rollback-conflict if it would change something else than the preview says, nothing-changes, and as `preview`.
   */
  run(caller: Caller, input: z.output<typeof runInput>): Promise<RolledBack>
}

/** A longer list would not be read. The preview says how many more there are. */
const shownMax = 200

export function createRollbackService(
  db: Database,
  objects: Pick<ObjectStore, 'get'>,
  environment: string,
): RollbackService {
  async function versionOf(version: number) {
    const known = await db.platform((tx) => policyVersions.byVersion(tx, version))
    if (!known) throw notFound('policy version')
    if (known.state === 'refused') throw versionRefused(version)
    return { ...known, content: await readContent(objects, known, environment) }
  }

  return {
    async preview(version) {
      const { content, createdAt } = await versionOf(version)
      return db.platform(async (tx) => {
        const plan = await planOf(tx, version, content)
        const defaults = resolveLimits({}, await tenants.platformDefaults(tx))
        const { steps, createdSince, suspendedSince, resumedSince } = plan
        return {
          version,
          createdAt: createdAt.toISOString(),
          changed: listed(steps.map(({ tenantId, changes, outside }) => ({ tenantId, changes, outside }))),
          createdSince: listed(createdSince),
          suspendedSince: listed(suspendedSince),
          resumedSince: listed(resumedSince),
          defaultsSince: diffLimits(content.defaults, defaults),
          fingerprint: fingerprintOf(version, plan),
        }
      })
    },

    async run(caller, { version, preview, reason }) {
      const { content, sha256 } = await versionOf(version)
      return db.platform(async (tx) => {
        // So that no limit changes between the plan and the commit.
        await quotas.lockAll(tx)
        const plan = await planOf(tx, version, content)
        if (fingerprintOf(version, plan) !== preview) throw previewOutdated()
        const [first] = plan.steps
        if (!first) throw nothingToRollBack(version)
        // A tenant's history shows only the reason, so it says what was done.
        const why = `rolled back to policy version ${version}: ${reason}`
        const edits = plan.steps.map(({ tenantId, revision, after, changes }) => ({
          ...{ tenantId, changes },
          baseRevision: revision,
          limits: after,
        }))
        await quotas.appendAll(tx, edits, {
          ...{ createdAt: new Date(), by: personOf(caller), approvedBy: null, reason: why },
          endsAt: null,
          revertsRevision: null,
          changeRequestId: null,
        })
        await jobs.enqueue(tx, { task: 'publish', payload: {}, jobKey: 'publish' })
        // Not one notification for each tenant: live views read again, as after a lost connection.
        await jobs.notify(tx, { kind: 'resync' })
        const after = { version, sha256, tenants: plan.steps.length }
        await auditLog.appendAll(tx, [
          personEvent(caller, { action: 'policy.rollBack', target: `v${version}`, after, reason }),
          ...plan.steps.map((step) => ofTenant(caller, step, why)),
        ])
        return { tenants: plan.steps.length, follow: { tenantId: first.tenantId, revision: first.revision + 1 } }
      })
    },
  }
}

async function planOf(tx: PlatformTx, version: number, { tenants: then }: ReadBundle): Promise<RollbackPlan> {
  const now = await quotas.heads(tx)
  const defaults = await tenants.platformDefaults(tx)
  const changed = planRollback(then, now, defaults).steps.map(({ tenantId }) => tenantId)
  return planRollback(then, now, defaults, await quotas.boostHistories(tx, version, changed))
}

function ofTenant(caller: Caller, step: RollbackPlan['steps'][number], reason: string): AuditEvent {
  const { tenantId, revision, before, after } = step
  return personEvent(caller, {
    ...{ action: 'quota.rollBack', tenantId, target: `revision ${revision + 1}`, reason },
    before: { revision, limits: before },
    after: { revision: revision + 1, limits: after },
  })
}

const listed = <T>(items: T[]): Listed<T> => ({ items: items.slice(0, shownMax), total: items.length })
