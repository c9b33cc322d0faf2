import type { ChangeRequest, QuotaHead } from '@tickwatch/db'
import { hasPermission, type LimitName, resolveLimits, rolesWith } from '@tickwatch/policy'
import type { Caller } from '../../auth/caller.ts'
import { type Judgement, judgeChange, type QuotaState } from '../quota/quota.rules.ts'

/** Why this person may not decide a request, as a sentence; null when they may. */
export function mayNotDecide(caller: Caller, asked: Pick<ChangeRequest, 'by' | 'state'>): string | null {
  if (asked.state !== 'pending') return 'It is already decided.'
  if (!hasPermission(caller.held, 'change-request:decide')) {
    return `You need the role ${rolesWith('change-request:decide').join(' or ')} to decide it.`
  }
  return asked.by.subject === caller.subject ? 'You asked for this, so someone else must decide.' : null
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
