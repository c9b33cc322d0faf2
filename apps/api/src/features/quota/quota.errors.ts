import { type Database, quotas, tenants } from '@tickwatch/db'
import { diffLimits, resolveLimits } from '@tickwatch/policy'
import { ConflictError, DomainError } from '../../shared/errors.ts'

export const limitsInvalid = (faults: string[]) =>
  new DomainError('invalid', 'limits-invalid', `${faults.join('; ')}.`, { details: faults })

export const nothingChanges = () => new DomainError('invalid', 'nothing-changes', 'These limits are in force already.')

export const endPassed = () =>
  new DomainError('invalid', 'end-passed', 'The end of a boost must be in the future, or it would never hold.')

export const tooManyPending = (pendingMax: number) =>
  new DomainError(
    'conflict',
    'requests-full',
    `${pendingMax} requests of this tenant wait for a decision already. Withdraw one, or wait until some are decided.`,
  )

export const notYours = () =>
  new DomainError('forbidden', 'not-your-request', 'Only the person who asked may withdraw a request.')

export const alreadyDecided = (cause?: unknown) =>
  new DomainError('conflict', 'request-decided', 'This request is decided or withdrawn already. Look again.', { cause })

/** What someone else changed since the editor was opened on `baseRevision`, for both versions to be shown. */
export async function editConflict(db: Database, tenantId: string, baseRevision: number): Promise<Error> {
  return db.tenant(tenantId, async (tx) => {
    const head = await quotas.head(tx, tenantId)
    const latest = head && (await quotas.byRevision(tx, tenantId, head.revision))
    if (!head || !latest) return new DomainError('invalid', 'revision-unknown', 'The limits have no such revision.')
    const base = await quotas.byRevision(tx, tenantId, baseRevision)
    const defaults = await tenants.platformDefaults(tx)
    const resolved = resolveLimits(head.limits, defaults)
    return new ConflictError('quota-conflict', `${latest.by.name} changed these limits while you edited them.`, {
      currentRevision: head.revision,
      by: latest.by,
      at: latest.createdAt.toISOString(),
      reason: latest.reason,
      changes: diffLimits(resolveLimits(base?.limits ?? {}, defaults), resolved),
      resolved,
    })
  })
}
