import { jobs, type NewQuotaRevision, quotas, type Tx } from '@tickwatch/db'

/**
 * Makes a revision together with what carries it on: the publish job, the end of a boost and the word to live views.
 * Whoever calls it adds the audit event of what they did to the same transaction.
 * @returns the revision's number.
 * @throws StaleRevision when the limits were changed since `baseRevision`.
 */
export async function applyRevision(tx: Tx, made: NewQuotaRevision): Promise<number> {
  const { tenantId, endsAt } = made
  const revision = await quotas.append(tx, made)
  await jobs.enqueue(tx, { task: 'publish', payload: {}, jobKey: 'publish' })
  if (endsAt) {
    const jobKey = `revertBoost:${tenantId}:${revision}`
    await jobs.enqueue(tx, { task: 'revertBoost', payload: { tenantId, revision }, runAt: endsAt, jobKey })
  }
  await jobs.notify(tx, { kind: 'quota', tenantId })
  return revision
}
