import { auditLog, changeRequests, jobs, type PlatformTx } from '@tickwatch/db'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'

/** Closes the request for a rollout that a person aborted while it waited, so that nobody decides about it any more. */
export async function withdrawRequest(tx: PlatformTx, caller: Caller, id: string, reason: string): Promise<void> {
  const request = await changeRequests.byId(tx, id)
  if (request?.state !== 'pending') return
  const { tenantId } = request
  const decision = { by: personOf(caller), at: new Date(), reason, appliedRevision: null }
  await changeRequests.decide(tx, tenantId, id, { state: 'withdrawn', ...decision })
  await jobs.notify(tx, { kind: 'changeRequest', tenantId })
  const states = { before: { state: 'pending' }, after: { state: 'withdrawn' } }
  const event = { action: 'changeRequest.withdraw', tenantId, target: id, ...states, reason }
  await auditLog.append(tx, personEvent(caller, event))
}
