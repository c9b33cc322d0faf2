import { setTimeout as sleep } from 'node:timers/promises'
import {
  auditLog,
  type ChangeRequest,
  changeRequests,
  type Database,
  jobs,
  NotPending,
  type PlatformTx,
  quotas,
  StaleRevision,
  tenants,
} from '@tickwatch/db'
import type { Limits } from '@tickwatch/policy'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import { notFound } from '../../shared/errors.ts'
import { applyRevision } from '../quota/applyRevision.ts'
import { alreadyDecided } from '../quota/quota.errors.ts'
import { boostEndsAt, requestEndsAt } from '../quota/quota.rules.ts'
import { addMessage, messageViews } from '../quota/requestMessage.ts'
import type { UsageService } from '../usage/usage.service.ts'
import { fourEyes, notBetween, outdated, tooManyQuestions } from './changeRequest.errors.ts'
import { judgeAgain, lessThanAsked, mayNotDecide } from './changeRequest.rules.ts'
import type {
  approveLessInput,
  askInput,
  ChangeRequestDetailView,
  ChangeRequestPage,
  ChangeRequestView,
  decideInput,
  listInput,
} from './changeRequest.types.ts'
import { readImpact } from './readImpact.ts'

export type ChangeRequestService = {
  list(caller: Caller, input: z.output<typeof listInput>): Promise<ChangeRequestPage>
  get(caller: Caller, id: string): Promise<ChangeRequestDetailView>
  /**
   * Applies a request as a revision, after judging it again against the present limits.
   * @throws four-eyes if the caller made the request, request-decided if someone decided it before, request-outdated if
   *   the limits changed meanwhile.
   */
  approve(caller: Caller, input: z.output<typeof decideInput>): Promise<ChangeRequestDetailView>
  /** The same, with smaller changes than were asked. @throws approval-beyond-request */
  approveLess(caller: Caller, input: z.output<typeof approveLessInput>): Promise<ChangeRequestDetailView>
  decline(caller: Caller, input: z.output<typeof decideInput>): Promise<ChangeRequestDetailView>
  /** Asks the tenant something. The request stays pending. @throws four-eyes, request-decided, questions-full */
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
): ChangeRequestService {
  /**
   * Does something with a pending request that its requester may not do.
   * @param how returns why the request is outdated; null if it is not. `request-outdated` is thrown after the commit, so
   * that closing the outdated request is not rolled back.
   */
  async function onPending(
    caller: Caller,
    id: string,
    how: (tx: PlatformTx, asked: ChangeRequest) => Promise<string | null>,
  ): Promise<ChangeRequestDetailView> {
    try {
      const outdatedBecause = await db.platform(async (tx) => {
        const asked = await changeRequests.lockPending(tx, id)
        if (!asked) throw notFound('change request')
        if (asked.by.subject === caller.subject) throw fourEyes()
        return how(tx, asked)
      })
      if (outdatedBecause !== null) throw outdated(outdatedBecause)
    } catch (error) {
      if (error instanceof NotPending) throw alreadyDecided(error)
      if (error instanceof StaleRevision) throw outdated('someone changed the limits at the same moment.')
      throw error
    }
    return detail(caller, id)
  }

  async function detail(caller: Caller, id: string): Promise<ChangeRequestDetailView> {
    const asked = await db.platform((tx) => changeRequests.byId(tx, id))
    if (!asked) throw notFound('change request')
    const limits = asked.changes.map(({ limit }) => limit)
    const [impact, similar, p99s] = await Promise.all([
      db.platform((tx) => readImpact(tx, asked, capacity)),
      db.platform((tx) => changeRequests.similar(tx, id, limits, 5)),
      Promise.all(
        limits.map((limit) => Promise.race([usage.p99(asked.tenantId, limit), sleep(p99WaitMs, null, { ref: false })])),
      ),
    ])
    return {
      ...viewOf(caller, asked),
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
        const items = page.items.map((asked) => viewOf(caller, asked))
        return { ...page, items, pendingCount: await changeRequests.pendingCount(tx) }
      }),

    get: detail,
    pendingCount: () => db.platform((tx) => changeRequests.pendingCount(tx)),
    approve: (caller, { id, reason }) =>
      onPending(caller, id, (tx, asked) => approve(tx, caller, asked, asked.limits, reason)),
    approveLess: (caller, { id, reason, limits }) =>
      onPending(caller, id, (tx, asked) => {
        const less = lessThanAsked(asked, limits)
        if (less.fault !== null) throw notBetween(less.fault)
        return approve(tx, caller, asked, less.limits, reason)
      }),
    decline: (caller, { id, reason }) => onPending(caller, id, (tx, asked) => decline(tx, caller, asked, reason)),
    ask: (caller, { id, question }) =>
      onPending(caller, id, async (tx, asked) => {
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
  if (again.outdated !== null) {
    const closed = { by, at, reason: again.outdated, appliedRevision: null }
    await changeRequests.decide(tx, tenantId, id, { state: 'outdated', ...closed })
    await auditDecision(tx, caller, asked, 'outdated', again.outdated, null)
    return again.outdated
  }
  const { before, after: limits, changes } = again.judgement
  const endsAt = boostEndsAt(asked, at)
  const revision = await applyRevision(tx, {
    ...{ tenantId, createdAt: at, by: asked.by, approvedBy: by, reason: asked.reason, limits, changes, endsAt },
    baseRevision: head.revision,
    revertsRevision: null,
    changeRequestId: id,
  })
  await changeRequests.decide(tx, tenantId, id, { state: 'approved', by, at, reason, appliedRevision: revision })
  await auditDecision(tx, caller, asked, 'approved', reason, { revision, before, approved, limits })
  return null
}

async function decline(tx: PlatformTx, caller: Caller, asked: ChangeRequest, reason: string): Promise<null> {
  const decision = { by: personOf(caller), at: new Date(), reason, appliedRevision: null }
  await changeRequests.decide(tx, asked.tenantId, asked.id, { state: 'declined', ...decision })
  await auditDecision(tx, caller, asked, 'declined', reason, null)
  return null
}

const verbs = { approved: 'approve', declined: 'decline', outdated: 'close' } as const

async function auditDecision(
  tx: PlatformTx,
  caller: Caller,
  { id, tenantId, limits: asked }: ChangeRequest,
  state: keyof typeof verbs,
  reason: string,
  applied: { revision: number; before: Limits; approved: Limits; limits: Limits } | null,
): Promise<void> {
  await jobs.notify(tx, { kind: 'changeRequest', tenantId })
  const before = { state: 'pending', asked, ...(applied ? { limits: applied.before } : {}) }
  const after = applied
    ? { state, revision: applied.revision, approved: applied.approved, limits: applied.limits }
    : { state }
  const action = `changeRequest.${verbs[state]}`
  await auditLog.append(tx, personEvent(caller, { action, tenantId, target: id, before, after, reason }))
}

function viewOf(caller: Caller, asked: ChangeRequest): ChangeRequestView {
  const { id, tenantId, tenantName, plan, state, by, reason, limits, changes, outside, approved, decision } = asked
  return {
    ...{ id, tenantId, tenantName, plan, state, by, reason, limits, changes, outside, approved },
    messages: messageViews(asked),
    createdAt: asked.createdAt.toISOString(),
    endsAt: requestEndsAt(asked)?.toISOString() ?? null,
    boostSeconds: asked.boostSeconds,
    decision: decision && { ...decision, at: decision.at.toISOString(), approved: state === 'approved' },
    mayNotDecide: mayNotDecide(caller, asked),
  }
}
