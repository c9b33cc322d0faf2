import { type ChangeRequest, changeRequests, type PlatformTx, type RequestSubject, rollouts } from '@tickwatch/db'
import type { Caller } from '../../auth/caller.ts'
import { personOf } from '../../shared/auditEvents.ts'
import { requestAltered } from '../slo/slo.errors.ts'
import { auditApproval, auditDecision, closeOutdated } from './auditDecision.ts'
import { askedRollout, rolloutOutdated } from './rolloutSubject.ts'

/**
 * Records a person's approval of a rollout. The last one that it needs approves the request, and then a worker starts the
 * rollout.
 * @returns why the request is outdated; null if it is not
 */
export async function approveRollout(
  tx: PlatformTx,
  caller: Caller,
  asked: ChangeRequest,
  subject: RequestSubject,
  reason: string,
): Promise<string | null> {
  if (!askedRollout(subject)) throw requestAltered()
  const at = new Date()
  const why = rolloutOutdated(asked, subject, await rollouts.byId(tx, subject.id), at.getTime())
  if (why !== null) return closeOutdated(tx, caller, asked, why)
  const { id, tenantId, approversNeeded } = asked
  const by = personOf(caller)
  await changeRequests.addApproval(tx, { tenantId, id, by, at, reason })
  const approvals = asked.approvals.length + 1
  if (approvals < approversNeeded) {
    await auditApproval(tx, caller, asked, reason)
    return null
  }
  await changeRequests.decide(tx, tenantId, id, { state: 'approved', by, at, reason, appliedRevision: null })
  const after = { rollout: subject.id, sha256: subject.sha256, approvals, approversNeeded }
  await auditDecision(tx, caller, asked, 'approved', reason, { before: {}, after })
  return null
}
