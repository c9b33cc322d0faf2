import {
  type ChangeRequest,
  changeRequests,
  definitionJson,
  type PlatformTx,
  type RequestSubject,
  slos,
} from '@tickwatch/db'
import type { Definition } from '@tickwatch/slo'
import type { Caller } from '../../auth/caller.ts'
import { personOf } from '../../shared/auditEvents.ts'
import type { SloChanges } from '../slo/sloChanges.ts'
import { auditDecision, closeOutdated } from './auditDecision.ts'

/** Applies the change of an SLO that a request is for. @returns why the request is outdated; null if it is not */
export async function approveSlo(
  tx: PlatformTx,
  changes: Pick<SloChanges, 'planAsked' | 'apply'>,
  caller: Caller,
  asked: ChangeRequest,
  subject: RequestSubject,
  reason: string,
): Promise<string | null> {
  await slos.lock(tx)
  const again = await changes.planAsked(tx, subject)
  if (again.outdated !== null) return closeOutdated(tx, caller, asked, again.outdated)
  const { planned } = again
  const by = personOf(caller)
  const version = await changes.apply(tx, planned, {
    ...{ by: asked.by, approvedBy: by, reason: asked.reason, changeRequestId: asked.id },
  })
  const decision = { state: 'approved', by, at: new Date(), reason, appliedRevision: null } as const
  await changeRequests.decide(tx, asked.tenantId, asked.id, decision)
  const json = (definition: Definition | null) => definition && definitionJson(definition)
  await auditDecision(tx, caller, asked, 'approved', reason, {
    before: { version: planned.baseVersion, definition: json(planned.before) },
    after: { version, definition: json(planned.after), sha256: subject.sha256 },
  })
  return null
}
