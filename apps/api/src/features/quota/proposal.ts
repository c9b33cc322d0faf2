import { randomUUID } from 'node:crypto'
import { auditLog, changeRequests, jobs, type TenantTx, tenants } from '@tickwatch/db'
import type { Limits } from '@tickwatch/policy'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import { applyRevision } from './applyRevision.ts'
import { tooManyPending } from './quota.errors.ts'
import { boostEndsAt, type Judgement } from './quota.rules.ts'
import type { ProposeResult } from './quota.types.ts'

export type Proposal = {
  tenantId: string
  limits: Limits
  reason: string
  baseRevision: number
  at: Date
  endsAt: Date | null
  boostSeconds: number | null
  judgement: Judgement
}

/** Applies the change at once, because it stays inside the envelope. */
export async function apply(tx: TenantTx, caller: Caller, proposal: Proposal): Promise<ProposeResult> {
  const { tenantId, reason, baseRevision, at, judgement } = proposal
  const endsAt = boostEndsAt(proposal, at)
  const { changes, after: limits } = judgement
  const revision = await applyRevision(tx, {
    ...{ tenantId, baseRevision, reason, endsAt },
    createdAt: at,
    by: personOf(caller),
    approvedBy: null,
    limits,
    changes,
    revertsRevision: null,
    changeRequestId: null,
  })
  const ends = endsAt ? { endsAt: endsAt.toISOString() } : {}
  const after = { revision, limits, ...ends }
  const before = { revision: baseRevision, limits: judgement.before }
  const event = { action: 'quota.apply', tenantId, target: `revision ${revision}`, before, after, reason }
  await auditLog.append(tx, personEvent(caller, event))
  return { outcome: 'applied', revision }
}

/** Limited because the tenant's page shows all pending requests and an approver reads each one. */
const pendingMax = 100

/** Creates a change request, because the change leaves the envelope. */
export async function request(tx: TenantTx, caller: Caller, proposal: Proposal): Promise<ProposeResult> {
  const { tenantId, limits, reason, baseRevision, at, endsAt, boostSeconds, judgement } = proposal
  const { changes, outside } = judgement
  // Otherwise requests that run at once would all see the same number.
  await tenants.lock(tx, tenantId)
  if ((await changeRequests.pendingCountOf(tx)) >= pendingMax) throw tooManyPending(pendingMax)
  const id = randomUUID()
  const by = personOf(caller)
  await changeRequests.create(tx, {
    id,
    tenantId,
    createdAt: at,
    by,
    reason,
    limits,
    changes,
    outside,
    baseRevision,
    endsAt,
    boostSeconds,
  })
  await jobs.notify(tx, { kind: 'changeRequest', tenantId })
  await jobs.enqueue(tx, { task: 'announce', payload: { what: 'requestWaits', id } })
  const before = { revision: baseRevision, limits: judgement.before }
  const after = { asked: limits, outside: outside.map(({ limit }) => limit) }
  const event = { action: 'changeRequest.create', tenantId, target: id, before, after, reason }
  await auditLog.append(tx, personEvent(caller, event))
  return { outcome: 'requested', changeRequestId: id, outside }
}
