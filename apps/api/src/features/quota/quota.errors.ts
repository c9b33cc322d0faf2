import { type Database, quotas, tenants } from '@tickwatch/db'
import { diffLimits, resolveLimits } from '@tickwatch/policy'
import { ConflictError, DomainError } from '../../shared/errors.ts'

export const limitsInvalid = (faults: string[]) =>
  new DomainError('invalid', 'limits-invalid', `${faults.join('; ')}.`, { details: faults })

export const nothingChanges = () =>
  new DomainError('invalid', 'nothing-changes', 'These limits are already in force. Change at least one.')

export const endPassed = () =>
  new DomainError('invalid', 'end-passed', 'The end of a boost must be in the future. Choose a later time.')

export const tooManyPending = (pendingMax: number) =>
  new DomainError(
    'conflict',
    'requests-full',
    `This tenant already has ${pendingMax} requests that wait for a decision. Withdraw one, or wait for a decision.`,
  )

export const notYours = () =>
  new DomainError('forbidden', 'not-your-request', 'Only the person who made a request can withdraw it.')

export const nothingAsked = () =>
  new DomainError('conflict', 'nothing-asked', 'No question about this request waits for an answer. Reload it.')

export const alreadyDecided = (cause?: unknown) =>
  new DomainError('conflict', 'request-decided', 'This request is already decided or withdrawn. Reload it.', { cause })

/**
 * The error for an edit on top of an old revision. It carries what someone else changed, for the portal to show both.
 */
export async function editConflict(db: Database, tenantId: string, baseRevision: number): Promise<Error> {
  return db.tenant(tenantId, async (tx) => {
    const head = await quotas.head(tx, tenantId)
    const latest = head && (await quotas.byRevision(tx, tenantId, head.revision))
    if (!head || !latest)
      return new DomainError('invalid', 'revision-unknown', 'The limits have no such revision. Reload them.')
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
