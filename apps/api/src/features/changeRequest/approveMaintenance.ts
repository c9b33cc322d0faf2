import {
  type ChangeRequest,
  changeRequests,
  jobs,
  maintenance,
  type PlatformTx,
  type RequestSubject,
  slos,
} from '@tickwatch/db'
import type { Caller } from '../../auth/caller.ts'
import { personOf } from '../../shared/auditEvents.ts'
import { lateFault, plannedOf } from '../maintenance/maintenance.rules.ts'
import { requestAltered } from '../slo/slo.errors.ts'
import { auditDecision, closeOutdated } from './auditDecision.ts'

/** Makes the maintenance window that a request is for. @returns why the request is outdated; null if it is not */
export async function approveMaintenance(
  tx: PlatformTx,
  caller: Caller,
  asked: ChangeRequest,
  subject: RequestSubject,
  reason: string,
): Promise<string | null> {
  const planned = plannedOf(subject)
  if (!planned) throw requestAltered()
  const at = new Date()
  const late = lateFault(planned, at.getTime())
  if (late !== null) return closeOutdated(tx, caller, asked, late)
  if (planned.sloId !== null && !(await slos.byId(tx, planned.sloId)))
    return closeOutdated(tx, caller, asked, `there is no SLO ${planned.sloId} any more.`)
  const by = personOf(caller)
  const { id, sha256, content } = subject
  await maintenance.create(tx, {
    ...{ id, ...planned, by: asked.by, reason: asked.reason },
    ...{ approvedAt: at, approvedBy: by, changeRequestId: asked.id },
  })
  const decision = { state: 'approved', by, at, reason, appliedRevision: null } as const
  await changeRequests.decide(tx, asked.tenantId, asked.id, decision)
  await auditDecision(tx, caller, asked, 'approved', reason, {
    before: {},
    after: { maintenance: id, content, sha256 },
  })
  await jobs.notify(tx, { kind: 'slo' })
  return null
}
