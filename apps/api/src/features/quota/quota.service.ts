import {
  type ChangeRequest,
  changeRequests,
  type Database,
  quotas,
  StaleRevision,
  type TenantTx,
  tenants,
} from '@tickwatch/db'
import { type Impact, type Limits, limitFaults, resolveLimits } from '@tickwatch/policy'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { notFound } from '../../shared/errors.ts'
import type { Page } from '../../shared/page.types.ts'
import { readProgress } from '../policy/readPropagation.ts'
import { apply, request } from './proposal.ts'
import { editConflict, endPassed, limitsInvalid, nothingChanges } from './quota.errors.ts'
import { judgeChange, requestEndsAt, runningBoosts } from './quota.rules.ts'
import type {
  historyInput,
  messageInput,
  ProposeResult,
  proposeInput,
  QuotaRequestView,
  QuotaRevisionView,
  QuotaView,
} from './quota.types.ts'
import { answerRequest, messageViews, withdrawRequest } from './requestMessage.ts'

export type QuotaService = {
  current(tenantId: string): Promise<QuotaView>
  history(tenantId: string, input: z.output<typeof historyInput>): Promise<Page<QuotaRevisionView>>
  /** A request in any state. @throws not found */
  request(tenantId: string, id: string): Promise<QuotaRequestView>
  /** Decided and withdrawn requests, newest first. */
  decided(tenantId: string, input: z.output<typeof historyInput>): Promise<Page<QuotaRequestView>>
  impact(tenantId: string, limits: Limits): Promise<Impact>
  /**
   * Applies the change if it stays inside the envelope, otherwise creates a change request.
   * @throws ConflictError if someone changed the limits since `baseRevision`.
   */
  propose(caller: Caller, tenantId: string, input: z.output<typeof proposeInput>): Promise<ProposeResult>
  /** Answers the question that was asked last about a pending request. @throws nothing-asked, request-decided */
  answer(caller: Caller, tenantId: string, input: z.output<typeof messageInput>): Promise<{ id: string }>
  withdraw(caller: Caller, tenantId: string, id: string): Promise<{ id: string }>
}

export function createQuotaService(db: Database): QuotaService {
  return {
    current: (tenantId) =>
      db.tenant(tenantId, async (tx) => {
        const { tenant, head, defaults } = await read(tx, tenantId)
        const pending = await changeRequests.pendingOf(tx, tenantId)
        const boosts = await boostsInForce(tx, tenantId)
        const { id, name, status, plan, envelope, suspension } = tenant
        return {
          tenant: {
            ...{ id, name, status, plan },
            suspension: suspension && {
              by: suspension.by.name,
              reason: suspension.reason,
              at: suspension.at.toISOString(),
            },
          },
          revision: head.revision,
          own: head.limits,
          resolved: resolveLimits(head.limits, defaults),
          platformDefaults: resolveLimits({}, defaults),
          envelope,
          pending: pending.map(requestView),
          scheduled: boosts,
        }
      }),

    history: (tenantId, input) =>
      db.tenant(tenantId, async (tx) => {
        const page = await quotas.history(tx, tenantId, input)
        const changes = page.items.map((r) => ({ version: r.policyVersion, savedAt: r.createdAt }))
        const propagations = await readProgress(tx, changes)
        const ids = page.items.flatMap((r) => r.changeRequestId ?? [])
        const requests = await changeRequests.byIds(tx, ids)
        const items = page.items.map((r, i) => ({
          revision: r.revision,
          createdAt: r.createdAt.toISOString(),
          by: r.by,
          approvedBy: r.approvedBy,
          approvalReason: requests.get(r.changeRequestId ?? '')?.decision?.reason ?? null,
          asked: requests.get(r.changeRequestId ?? '')?.changes ?? null,
          reason: r.reason,
          changes: r.changes,
          limits: r.limits,
          endsAt: r.endsAt?.toISOString() ?? null,
          revertsRevision: r.revertsRevision,
          policyVersion: r.policyVersion,
          propagation: propagations[i] ?? null,
        }))
        return { items, nextCursor: page.nextCursor }
      }),

    request: (tenantId, id) =>
      db.tenant(tenantId, async (tx) => {
        const asked = await changeRequests.byId(tx, id)
        if (!asked) throw notFound('change request')
        return requestView(asked)
      }),

    decided: (tenantId, input) =>
      db.tenant(tenantId, async (tx) => {
        const page = await changeRequests.decidedOf(tx, input)
        return { ...page, items: page.items.map(requestView) }
      }),

    impact: (tenantId, limits) =>
      db.tenant(tenantId, async (tx) => {
        const { judgement } = await judge(tx, tenantId, limits)
        const { changes, outside, decidedBy } = judgement
        return { changes, outside, decidedBy }
      }),

    async propose(caller, tenantId, input) {
      const at = new Date()
      const boostSeconds = input.boostSeconds ?? null
      const endsAt = boostSeconds === null && input.endsAt ? new Date(input.endsAt) : null
      if (endsAt && endsAt <= at) throw endPassed()
      try {
        return await db.tenant(tenantId, async (tx) => {
          const { judgement, head } = await judge(tx, tenantId, input.limits)
          if (head.revision !== input.baseRevision) {
            throw new StaleRevision(tenantId, input.baseRevision, head.revision)
          }
          if (judgement.changes.length === 0) throw nothingChanges()
          const proposal = { ...input, tenantId, at, endsAt, boostSeconds, judgement }
          return judgement.decidedBy === 'rule' ? apply(tx, caller, proposal) : request(tx, caller, proposal)
        })
      } catch (error) {
        throw error instanceof StaleRevision ? await editConflict(db, tenantId, input.baseRevision) : error
      }
    },

    answer: (caller, tenantId, { id, answer }) => db.tenant(tenantId, (tx) => answerRequest(tx, caller, id, answer)),
    withdraw: (caller, tenantId, id) => db.tenant(tenantId, (tx) => withdrawRequest(tx, caller, id)),
  }
}

function requestView(asked: ChangeRequest): QuotaRequestView {
  const { id, state, by, reason, limits, changes, outside, createdAt, boostSeconds, decision, appliedRevision } = asked
  return {
    ...{ id, state, by, reason, limits, changes, outside, boostSeconds, appliedRevision, approved: asked.approved },
    messages: messageViews(asked),
    createdAt: createdAt.toISOString(),
    endsAt: requestEndsAt(asked)?.toISOString() ?? null,
    decision: decision && { ...decision, at: decision.at.toISOString() },
  }
}

async function read(tx: TenantTx, tenantId: string) {
  const tenant = await tenants.byId(tx, tenantId)
  const head = await quotas.head(tx, tenantId)
  if (!tenant || !head) throw notFound('tenant')
  return { tenant, head, defaults: await tenants.platformDefaults(tx) }
}

async function judge(tx: TenantTx, tenantId: string, limits: Limits) {
  const faults = limitFaults(limits)
  if (faults.length > 0) throw limitsInvalid(faults)
  const { tenant, head, defaults } = await read(tx, tenantId)
  return { head, judgement: judgeChange({ before: head.limits, defaults, envelope: tenant.envelope }, limits) }
}

/** How many of the newest revisions are read to find out whether a boost still runs. */
const historyMax = 200

async function boostsInForce(tx: TenantTx, tenantId: string): Promise<QuotaView['scheduled']> {
  if ((await quotas.runningBoosts(tx, tenantId)).length === 0) return []
  const { items } = await quotas.history(tx, tenantId, { pageSize: historyMax })
  return runningBoosts(items, Date.now()).flatMap(({ revision, endsAt, changes }) =>
    endsAt ? [{ revision, endsAt: endsAt.toISOString(), changes: [...changes] }] : [],
  )
}
