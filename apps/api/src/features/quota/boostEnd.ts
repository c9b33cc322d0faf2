import { auditLog, type Database, quotas, StaleRevision, tenants, type WorkerTx } from '@tickwatch/db'
import { systemEvent } from '../../shared/auditEvents.ts'
import { applyRevision } from './applyRevision.ts'
import { boostEnd, judgeChange } from './quota.rules.ts'

const worker = { subject: 'system:boost-end', name: 'End of boost' }
/** How many revisions before the boost are read, to find the values that it replaced. */
const lookBack = 200
const attemptsMax = 5

/**
 * Ends a boost: a new revision restores the limits that the boost changed, except those that a later revision changed
 * too. It does nothing if the boost was ended before.
 */
export async function endBoost(db: Database, tenantId: string, revision: number): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await db.worker((tx) => end(tx, tenantId, revision))
      return
    } catch (error) {
      // Someone edited the limits at the same moment: judge again on top of that edit.
      if (!(error instanceof StaleRevision) || attempt === attemptsMax) throw error
    }
  }
}

async function end(tx: WorkerTx, tenantId: string, revision: number): Promise<void> {
  const at = new Date()
  const boost = await quotas.byRevision(tx, tenantId, revision)
  if (!boost?.endsAt || boost.endsAt > at) return
  if (!(await quotas.endBoost(tx, tenantId, revision, at))) return
  const head = await quotas.head(tx, tenantId)
  const tenant = await tenants.byId(tx, tenantId)
  if (!head || !tenant) return
  const past = await quotas.history(tx, tenantId, { pageSize: head.revision - revision + lookBack })
  const back = boostEnd(past.items.toReversed(), revision, at.getTime())
  const defaults = await tenants.platformDefaults(tx)
  const { after: limits, changes } = judgeChange({ before: head.limits, defaults, envelope: tenant.envelope }, back)
  const event = { tenantId, target: `revision ${revision}`, before: { revision: head.revision, limits: head.limits } }
  if (changes.length === 0) {
    const reason = 'later changes replaced all limits of the boost, so nothing is left to restore'
    await auditLog.append(tx, systemEvent(worker.subject, { ...event, action: 'quota.boostEnd', reason }))
    return
  }
  const reason = `the boost of revision ${revision} ended`
  const made = await applyRevision(tx, {
    ...{ tenantId, createdAt: at, by: worker, approvedBy: null, reason, limits, changes },
    baseRevision: head.revision,
    endsAt: null,
    revertsRevision: revision,
    changeRequestId: null,
  })
  const after = { revision: made, limits }
  await auditLog.append(tx, systemEvent(worker.subject, { ...event, action: 'quota.boostEnd', after, reason }))
}
