import { auditLog, type ChangeRequest, changeRequests, jobs, type PlatformTx } from '@tickwatch/db'
import type { Json } from '@tickwatch/policy'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'

const verbs = { approved: 'approve', declined: 'decline', outdated: 'close' } as const

/**
 * Appends the audit event of a decision, and notifies live views.
 * @param applied what was there before and is there now, if the request was approved
 */
export async function auditDecision(
  tx: PlatformTx,
  caller: Caller,
  { id, tenantId, subject, limits }: ChangeRequest,
  state: keyof typeof verbs,
  reason: string,
  applied: { before: Record<string, Json>; after: Record<string, Json> } = { before: {}, after: {} },
): Promise<void> {
  await jobs.notify(tx, { kind: 'changeRequest', tenantId })
  await jobs.enqueue(tx, { task: 'announce', payload: { what: 'requestDecided', id } })
  const asked = subject ? { [subject.kind]: subject.id, content: subject.content, sha256: subject.sha256 } : limits
  const before = { state: 'pending', asked, ...applied.before }
  const action = `changeRequest.${verbs[state]}`
  const after = { state, ...applied.after }
  await auditLog.append(tx, personEvent(caller, { action, tenantId, target: id, before, after, reason }))
}

/** Closes a request that can't be applied any more. @returns why */
export async function closeOutdated(
  tx: PlatformTx,
  caller: Caller,
  asked: ChangeRequest,
  why: string,
): Promise<string> {
  const closed = { by: personOf(caller), at: new Date(), reason: why, appliedRevision: null }
  await changeRequests.decide(tx, asked.tenantId, asked.id, { state: 'outdated', ...closed })
  await auditDecision(tx, caller, asked, 'outdated', why)
  return why
}
