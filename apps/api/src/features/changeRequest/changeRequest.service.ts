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
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import { notFound } from '../../shared/errors.ts'
import { applyRevision } from '../quota/applyRevision.ts'
import { alreadyDecided } from '../quota/quota.errors.ts'
import { boostEndsAt, requestEndsAt } from '../quota/quota.rules.ts'
import type { UsageService } from '../usage/usage.service.ts'
import { fourEyes, outdated } from './changeRequest.errors.ts'
import { judgeAgain, mayNotDecide } from './changeRequest.rules.ts'
import type {
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
  decline(caller: Caller, input: z.output<typeof decideInput>): Promise<ChangeRequestDetailView>
  pendingCount(): Promise<number>
}

/** The answer to a decision waits at most this long for AMP. */
const p99WaitMs = 3_000

export function createChangeRequestService(db: Database, usage: Pick<UsageService, 'p99'>): ChangeRequestService {
  /** `request-outdated` is thrown after the commit, so that closing the outdated request is not rolled back. */
  async function decide(
    caller: Caller,
    { id, reason }: z.output<typeof decideInput>,
    how: (tx: PlatformTx, asked: ChangeRequest, reason: string) => Promise<string | null>,
  ): Promise<ChangeRequestDetailView> {
    try {
      const outdatedBecause = await db.platform(async (tx) => {
        const asked = await changeRequests.byId(tx, id)
        if (!asked) throw notFound('change request')
        if (asked.state !== 'pending') throw alreadyDecided()
        if (asked.by.subject === caller.subject) throw fourEyes()
        return how(tx, asked, reason)
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
      db.platform((tx) => readImpact(tx, asked)),
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
    approve: (caller, input) => decide(caller, input, (tx, asked, reason) => approve(tx, caller, asked, reason)),
    decline: (caller, input) => decide(caller, input, (tx, asked, reason) => decline(tx, caller, asked, reason)),
  }
}

async function approve(tx: PlatformTx, caller: Caller, asked: ChangeRequest, reason: string): Promise<string | null> {
  const { id, tenantId } = asked
  const tenant = await tenants.byId(tx, tenantId)
  const head = await quotas.head(tx, tenantId)
  if (!tenant || !head) throw notFound('tenant')
  const at = new Date()
  const state = { defaults: await tenants.platformDefaults(tx), envelope: tenant.envelope }
  const again = judgeAgain(asked, head, state, at.getTime())
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
  await auditDecision(tx, caller, asked, 'approved', reason, { revision, before, limits })
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
  applied: { revision: number; before: ChangeRequest['limits']; limits: ChangeRequest['limits'] } | null,
): Promise<void> {
  await jobs.notify(tx, { kind: 'changeRequest', tenantId })
  const before = { state: 'pending', asked, ...(applied ? { limits: applied.before } : {}) }
  const after = { state, ...(applied ? { revision: applied.revision, limits: applied.limits } : {}) }
  const action = `changeRequest.${verbs[state]}`
  await auditLog.append(tx, personEvent(caller, { action, tenantId, target: id, before, after, reason }))
}

function viewOf(caller: Caller, asked: ChangeRequest): ChangeRequestView {
  const { id, tenantId, tenantName, plan, state, by, reason, limits, changes, outside, decision } = asked
  return {
    ...{ id, tenantId, tenantName, plan, state, by, reason, limits, changes, outside },
    createdAt: asked.createdAt.toISOString(),
    endsAt: requestEndsAt(asked)?.toISOString() ?? null,
    boostSeconds: asked.boostSeconds,
    decision: decision && { ...decision, at: decision.at.toISOString(), approved: state === 'approved' },
    mayNotDecide: mayNotDecide(caller, asked),
  }
}
