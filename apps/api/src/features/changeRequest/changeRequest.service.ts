import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ChangeRequest,
  changeRequests,
  type Database,
  NotPending,
  type PlatformTx,
  quotas,
  StaleRevision,
  tenants,
} from '@tickwatch/db'
import type { Limits } from '@tickwatch/policy'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { personOf } from '../../shared/auditEvents.ts'
import { notFound } from '../../shared/errors.ts'
import { plannedOf } from '../maintenance/maintenance.rules.ts'
import { applyRevision } from '../quota/applyRevision.ts'
import { alreadyDecided } from '../quota/quota.errors.ts'
import { boostEndsAt, requestEndsAt } from '../quota/quota.rules.ts'
import { addMessage, messageViews } from '../quota/requestMessage.ts'
import { changeOf, maintenanceKind, requestKind } from '../slo/slo.rules.ts'
import type { SloChanges } from '../slo/sloChanges.ts'
import type { UsageService } from '../usage/usage.service.ts'
import { approveMaintenance } from './approveMaintenance.ts'
import { approveRollout } from './approveRollout.ts'
import { approveSlo } from './approveSlo.ts'
import { auditDecision, auditRefusal, closeOutdated } from './auditDecision.ts'
import {
  approvedAlready,
  fourEyes,
  kindUnknown,
  notBetween,
  notInPart,
  outdated,
  tooManyQuestions,
} from './changeRequest.errors.ts'
import { judgeAgain, lessThanAsked, mayNotDecide, ownPart } from './changeRequest.rules.ts'
import type {
  approveLessInput,
  askInput,
  ChangeRequestDetailView,
  ChangeRequestPage,
  ChangeRequestView,
  decideInput,
  listInput,
  RolloutChangeView,
} from './changeRequest.types.ts'
import { readImpact } from './readImpact.ts'
import { rolloutKind } from './rolloutSubject.ts'
import { readRolloutViews } from './rolloutViews.ts'

export type ChangeRequestService = {
  list(caller: Caller, input: z.output<typeof listInput>): Promise<ChangeRequestPage>
  get(caller: Caller, id: string): Promise<ChangeRequestDetailView>
  /**
   * Applies a request as a revision, after judging it again against the present limits. A rollout stays pending until as many
   * people as it needs have approved it.
   * @throws four-eyes if the caller made the request, approved-already if the caller approved it before, request-decided if
   *   someone decided it before, request-outdated if what it is about changed meanwhile.
   */
  approve(caller: Caller, input: z.output<typeof decideInput>): Promise<ChangeRequestDetailView>
  /** The same, with smaller changes than were asked. @throws approval-beyond-request */
  approveLess(caller: Caller, input: z.output<typeof approveLessInput>): Promise<ChangeRequestDetailView>
  decline(caller: Caller, input: z.output<typeof decideInput>): Promise<ChangeRequestDetailView>
  /** Asks the tenant something. The request stays pending. @throws as approve, questions-full */
  ask(caller: Caller, input: z.output<typeof askInput>): Promise<ChangeRequestDetailView>
  pendingCount(): Promise<number>
}

/** The answer to a decision waits at most this long for AMP. */
const p99WaitMs = 3_000

/** Each has at most one answer. A person reads all of them before the decision. */
const questionsMax = 10

/** @param capacity samples/s that the platform carries; null if that is not known. */
export function createChangeRequestService(
  db: Database,
  usage: Pick<UsageService, 'p99'>,
  capacity: number | null,
  sloChanges: Pick<SloChanges, 'planAsked' | 'apply'>,
): ChangeRequestService {
  /**
   * Does something with a pending request that neither its requester may do, nor a person who approved it.
   * @param tried what it is, for the audit log, which has those who may not
   * @param how returns why the request is outdated; null if it is not
   */
  async function onPending(
    caller: Caller,
    id: string,
    tried: 'approve' | 'decline' | 'ask',
    how: (tx: PlatformTx, asked: ChangeRequest) => Promise<string | null>,
  ): Promise<ChangeRequestDetailView> {
    try {
      // It is thrown after the commit, so that neither the audit event nor the closing of an outdated request is rolled back.
      const refusal = await db.platform(async (tx) => {
        const asked = await changeRequests.lockPending(tx, id)
        if (!asked) throw notFound('change request')
        const part = ownPart(caller, asked)
        if (part !== null) {
          await auditRefusal(tx, caller, asked, tried, part)
          return part === 'asked' ? fourEyes() : approvedAlready()
        }
        const outdatedBecause = await how(tx, asked)
        return outdatedBecause === null ? null : outdated(outdatedBecause)
      })
      if (refusal) throw refusal
    } catch (error) {
      if (error instanceof NotPending) throw alreadyDecided(error)
      if (error instanceof StaleRevision) throw outdated('someone changed the limits at the same moment.')
      throw error
    }
    return detail(caller, id)
  }

  async function detail(caller: Caller, id: string): Promise<ChangeRequestDetailView> {
    const { asked, rolloutViews } = await db.platform(async (tx) => {
      const found = await changeRequests.byId(tx, id)
      if (!found) throw notFound('change request')
      return { asked: found, rolloutViews: await readRolloutViews(tx, [found]) }
    })
    const limits = asked.changes.map(({ limit }) => limit)
    const [impact, similar, p99s] = await Promise.all([
      db.platform((tx) => readImpact(tx, asked, capacity)),
      db.platform((tx) => changeRequests.similar(tx, id, limits, 5)),
      Promise.all(
        limits.map((limit) => Promise.race([usage.p99(asked.tenantId, limit), sleep(p99WaitMs, null, { ref: false })])),
      ),
    ])
    return {
      ...viewOf(caller, asked, rolloutViews.get(id)),
      ...impact,
      use: impact.use.map((use, i) => ({ ...use, p99: p99s[i] ?? null })),
      similar: similar.map((other) => viewOf(caller, other)),
      appliedRevision: asked.appliedRevision,
    }
  }

  return {
    list: (caller, input) =>
      db.platform(async (tx) => {
        const page = await changeRequests.list(tx, input)
        const rolloutViews = await readRolloutViews(tx, page.items)
        const items = page.items.map((asked) => viewOf(caller, asked, rolloutViews.get(asked.id)))
        return { ...page, items, pendingCount: await changeRequests.pendingCount(tx) }
      }),

    get: detail,
    pendingCount: () => db.platform((tx) => changeRequests.pendingCount(tx)),
    approve: (caller, { id, reason }) =>
      onPending(caller, id, 'approve', (tx, asked) => {
        if (!asked.subject) return approve(tx, caller, asked, asked.limits, reason)
        if (asked.subject.kind === maintenanceKind) return approveMaintenance(tx, caller, asked, asked.subject, reason)
        if (asked.subject.kind === rolloutKind) return approveRollout(tx, caller, asked, asked.subject, reason)
        if (asked.subject.kind !== requestKind) throw kindUnknown(asked.subject.kind)
        return approveSlo(tx, sloChanges, caller, asked, asked.subject, reason)
      }),
    approveLess: (caller, { id, reason, limits }) =>
      onPending(caller, id, 'approve', (tx, asked) => {
        if (asked.subject) throw notInPart()
        const less = lessThanAsked(asked, limits)
        if (less.fault !== null) throw notBetween(less.fault)
        return approve(tx, caller, asked, less.limits, reason)
      }),
    decline: (caller, { id, reason }) =>
      onPending(caller, id, 'decline', (tx, asked) => decline(tx, caller, asked, reason)),
    ask: (caller, { id, question }) =>
      onPending(caller, id, 'ask', async (tx, asked) => {
        if (asked.messages.filter(({ kind }) => kind === 'question').length >= questionsMax) {
          throw tooManyQuestions(questionsMax)
        }
        await addMessage(tx, caller, asked, { kind: 'question', text: question })
        return null
      }),
  }
}

async function approve(
  tx: PlatformTx,
  caller: Caller,
  asked: ChangeRequest,
  approved: Limits,
  reason: string,
): Promise<string | null> {
  const { id, tenantId } = asked
  const tenant = await tenants.byId(tx, tenantId)
  const head = await quotas.head(tx, tenantId)
  if (!tenant || !head) throw notFound('tenant')
  const at = new Date()
  const state = { defaults: await tenants.platformDefaults(tx), envelope: tenant.envelope }
  const again = judgeAgain({ ...asked, limits: approved }, head, state, at.getTime())
  const by = personOf(caller)
  if (again.outdated !== null) return closeOutdated(tx, caller, asked, again.outdated)
  const { before, after: limits, changes } = again.judgement
  const endsAt = boostEndsAt(asked, at)
  const revision = await applyRevision(tx, {
    ...{ tenantId, createdAt: at, by: asked.by, approvedBy: by, reason: asked.reason, limits, changes, endsAt },
    baseRevision: head.revision,
    revertsRevision: null,
    changeRequestId: id,
  })
  await changeRequests.decide(tx, tenantId, id, { state: 'approved', by, at, reason, appliedRevision: revision })
  const applied = { before: { limits: before }, after: { revision, approved, limits } }
  await auditDecision(tx, caller, asked, 'approved', reason, applied)
  return null
}

async function decline(tx: PlatformTx, caller: Caller, asked: ChangeRequest, reason: string): Promise<null> {
  const decision = { by: personOf(caller), at: new Date(), reason, appliedRevision: null }
  await changeRequests.decide(tx, asked.tenantId, asked.id, { state: 'declined', ...decision })
  await auditDecision(tx, caller, asked, 'declined', reason)
  return null
}

/** @param rollout what it asks for, if it is for a rollout */
function viewOf(caller: Caller, asked: ChangeRequest, rollout: RolloutChangeView | null = null): ChangeRequestView {
  const { id, tenantId, tenantName, plan, state, by, reason, limits, changes, outside, approved, decision } = asked
  const { subject } = asked
  const slo = subject?.kind === requestKind ? changeOf(subject) : null
  const planned = subject?.kind === maintenanceKind ? plannedOf(subject) : null
  return {
    kind: subject?.kind ?? 'quota',
    slo: slo && subject && { ...slo, sloId: subject.id, sha256: subject.sha256 },
    maintenance: planned &&
      subject && {
        ...{ sloId: planned.sloId, labels: planned.labels, sha256: subject.sha256 },
        startsAt: planned.startsAt.toISOString(),
        endsAt: planned.endsAt.toISOString(),
      },
    rollout,
    ...{ id, tenantId, tenantName, plan, state, by, reason, limits, changes, outside, approved },
    approversNeeded: asked.approversNeeded,
    approvals: asked.approvals.map((approval) => ({ ...approval, at: approval.at.toISOString() })),
    messages: messageViews(asked),
    createdAt: asked.createdAt.toISOString(),
    endsAt: requestEndsAt(asked)?.toISOString() ?? null,
    boostSeconds: asked.boostSeconds,
    decision: decision && { ...decision, at: decision.at.toISOString(), approved: state === 'approved' },
    mayNotDecide: mayNotDecide(caller, asked),
  }
}
