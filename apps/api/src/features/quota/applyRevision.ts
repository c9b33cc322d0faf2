import { jobs, type NewQuotaRevision, quotas, type Tx } from '@tickwatch/db'

/**
 * Saves a revision, enqueues the jobs that publish it, announce it and end its boost, and notifies live views. The caller appends
 * its own audit event in the same transaction.
 * @returns the revision's number.
 * @throws StaleRevision if the limits changed since `baseRevision`.
 */
export async function applyRevision(tx: Tx, made: NewQuotaRevision): Promise<number> {
  const { tenantId, endsAt } = made
  const revision = await quotas.append(tx, made)
  await jobs.enqueue(tx, { task: 'publish', payload: {}, jobKey: 'publish' })
  await jobs.enqueue(tx, { task: 'announce', payload: { what: 'quotaChanged', tenantId, revision } })
  if (endsAt) {
    const jobKey = `revertBoost:${tenantId}:${revision}`
    await jobs.enqueue(tx, { task: 'revertBoost', payload: { tenantId, revision }, runAt: endsAt, jobKey })
  }
  await jobs.notify(tx, { kind: 'quota', tenantId })
  return revision
}
