import { auditLog, type ChangeRequest, changeRequests, jobs, type PlatformTx } from '@tickwatch/db'
import type { Json } from '@tickwatch/policy'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import { rolloutKind } from './rolloutSubject.ts'

const verbs = { approved: 'approve', declined: 'decline', outdated: 'close' } as const

type BeforeAndAfter = { before: Record<string, Json>; after: Record<string, Json> }

/**
 * Appends the audit event of a decision, and notifies live views.
 * @param applied what was there before and is there now, if the request was approved
 */
export async function auditDecision(
  tx: PlatformTx,
  caller: Caller,
  asked: ChangeRequest,
  state: keyof typeof verbs,
  reason: string,
  applied: BeforeAndAfter = { before: {}, after: {} },
): Promise<void> {
  await jobs.enqueue(tx, { task: 'announce', payload: { what: 'requestDecided', id: asked.id } })
  const { before, after } = applied
  await appendEvent(tx, caller, asked, verbs[state], reason, { before, after: { state, ...after } })
}

/** The same of an approval after which the request still waits for another one. */
export async function auditApproval(
  tx: PlatformTx,
  caller: Caller,
  asked: ChangeRequest,
  reason: string,
): Promise<void> {
  const { approversNeeded } = asked
  const approvals = asked.approvals.length
  await appendEvent(tx, caller, asked, 'approve', reason, {
    before: { approvals },
    after: { state: 'pending', approvals: approvals + 1, approversNeeded },
  })
}

/** Appends that a person tried what only another one may do. @param part what they did in the request before */
export async function auditRefusal(
  tx: PlatformTx,
  caller: Caller,
  { id, tenantId }: ChangeRequest,
  tried: 'approve' | 'decline' | 'ask',
  part: 'asked' | 'approved',
): Promise<void> {
  const after = { tried, refusedBecause: `this person ${part === 'asked' ? 'asked for it' : 'approved it already'}` }
  await auditLog.append(tx, personEvent(caller, { action: 'changeRequest.refuse', tenantId, target: id, after }))
}

async function appendEvent(
  tx: PlatformTx,
  caller: Caller,
  { id, tenantId, subject, limits }: ChangeRequest,
  verb: (typeof verbs)[keyof typeof verbs],
  reason: string,
  { before, after }: BeforeAndAfter,
): Promise<void> {
  await jobs.notify(tx, { kind: 'changeRequest', tenantId })
  if (subject?.kind === rolloutKind) await jobs.notify(tx, { kind: 'rollout', rolloutId: subject.id })
  const asked = subject ? { [subject.kind]: subject.id, content: subject.content, sha256: subject.sha256 } : limits
  const was = { state: 'pending', asked, ...before }
  const act = { action: `changeRequest.${verb}`, tenantId, target: id, before: was, after, reason }
  await auditLog.append(tx, personEvent(caller, act))
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
