import type { ChangeRequest, QuotaHead, RequestSubject } from '@tickwatch/db'
import { hasPermission, type LimitName, type Limits, resolveLimits, rolesWith } from '@tickwatch/policy'
import type { Caller } from '../../auth/caller.ts'
import { type Judgement, judgeChange, type QuotaState } from '../quota/quota.rules.ts'
import { askedRollout, rolloutKind } from './rolloutSubject.ts'

const isProduction = (environment: string) => /^prod/i.test(environment)

/** How many people must approve a request. None of them is the one who asked, and all are different. */
export function approversNeeded(subject: RequestSubject): number {
  if (subject.kind !== rolloutKind) return 1
  const asked = askedRollout(subject)
  // What this release can't read may be for production.
  if (!asked) return 2
  return [asked, ...asked.plan.targets].some(({ environment }) => isProduction(environment)) ? 2 : 1
}

/**
 * What a person did in a request, because of which they may not decide it: `asked` for it, or `approved` it already. Null if
 * they did neither.
 */
export function ownPart(
  { subject }: Pick<Caller, 'subject'>,
  asked: Pick<ChangeRequest, 'by' | 'approvals'>,
): 'asked' | 'approved' | null {
  if (asked.by.subject === subject) return 'asked'
  return asked.approvals.some(({ by }) => by.subject === subject) ? 'approved' : null
}

/** Why this person may not decide a request, as a sentence; null when they may. */
export function mayNotDecide(caller: Caller, asked: Pick<ChangeRequest, 'by' | 'state' | 'approvals'>): string | null {
  if (asked.state !== 'pending') return 'It is already decided.'
  if (!hasPermission(caller.held, 'change-request:decide')) {
    return `You need the role ${rolesWith('change-request:decide').join(' or ')} to decide it.`
  }
  switch (ownPart(caller, asked)) {
    case 'asked':
      return 'You asked for this, so someone else must decide.'
    case 'approved':
      return 'You approved it already. It waits for another person.'
    case null:
      return null
  }
}

/**
 * The limits that an approver approves of a request, if these values are less than was asked. Each is from the present
 * value to the requested one: one person alone must not set a value that nobody asked for.
 * @returns the limits, or a sentence that says why these values can't be approved.
 */
export function lessThanAsked(
  asked: Pick<ChangeRequest, 'limits' | 'changes'>,
  values: Partial<Record<LimitName, number>>,
): { fault: string } | { fault: null; limits: Limits } {
  const foreign = Object.keys(values).find((name) => !asked.changes.some(({ limit }) => limit === name))
  if (foreign) return { fault: `The request does not ask for ${foreign}.` }
  const limits = { ...asked.limits }
  for (const { limit, from, to } of asked.changes) {
    const value = values[limit] ?? to
    if (value < Math.min(from, to) || value > Math.max(from, to)) {
      return { fault: `${limit} is ${from} and ${to} was requested. Approve a value from one to the other.` }
    }
    if (value === from) delete limits[limit]
    else if (value !== to) limits[limit] = value
  }
  if (!asked.changes.some(({ limit }) => limit in limits)) {
    return { fault: 'These are the present limits. Decline the request instead.' }
  }
  return { fault: null, limits }
}

/**
 * Judges a request again at the time of the decision, against the limits of that time.
 * @returns either a sentence that says why the request is outdated, or what it would change now.
 */
export function judgeAgain(
  asked: Pick<ChangeRequest, 'limits' | 'changes' | 'endsAt' | 'baseRevision'>,
  head: QuotaHead,
  state: Omit<QuotaState, 'before'>,
  nowMs: number,
): { outdated: string } | { outdated: null; judgement: Judgement } {
  if (asked.endsAt && asked.endsAt.getTime() <= nowMs) return { outdated: 'the boost would have ended by now.' }
  const now = resolveLimits(head.limits, state.defaults)
  const moved = asked.changes.find(({ limit, from }) => now[limit] !== from)
  if (moved) {
    return { outdated: `${moved.limit} was ${moved.from} when this was requested and is ${now[moved.limit]} now.` }
  }
  const judgement = judgeChange({ ...state, before: head.limits }, asked.limits)
  return judgement.changes.length === 0
    ? { outdated: 'these limits are already in force.' }
    : { outdated: null, judgement }
}

/** The sum of all tenants' limits after the change of one tenant's. */
export const fleetAfter = (before: number, changes: ChangeRequest['changes'], limit: LimitName) =>
  before + changes.filter((c) => c.limit === limit).reduce((sum, { from, to }) => sum + to - from, 0)
