import type { ChangeRequest, QuotaHead } from '@tickwatch/db'
import { hasPermission, type LimitName, resolveLimits, rolesWith } from '@tickwatch/policy'
import type { Caller } from '../../auth/caller.ts'
import { type Judgement, judgeChange, type QuotaState } from '../quota/quota.rules.ts'

/** Why this person may not decide a request, as a sentence; null when they may. */
export function mayNotDecide(caller: Caller, asked: Pick<ChangeRequest, 'by' | 'state'>): string | null {
  if (asked.state !== 'pending') return 'It is decided already.'
  if (!hasPermission(caller.held, 'change-request:decide')) {
    return `Deciding takes the role ${rolesWith('change-request:decide').join(' or ')}.`
  }
  return asked.by.subject === caller.subject ? 'You asked for this: someone else must decide.' : null
}

/**
 * Judges a request again, against the limits as they are when it is decided.
 * @returns why it no longer means what was asked, as a sentence, or what it would change now.
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
    return { outdated: `${moved.limit} was ${moved.from} when it was asked and is ${now[moved.limit]} now.` }
  }
  const judgement = judgeChange({ ...state, before: head.limits }, asked.limits)
  return judgement.changes.length === 0
    ? { outdated: 'these limits are in force already.' }
    : { outdated: null, judgement }
}

/** The sum of all tenants' limits once one tenant's changed. */
export const fleetAfter = (before: number, changes: ChangeRequest['changes'], limit: LimitName) =>
  before + changes.filter((c) => c.limit === limit).reduce((sum, { from, to }) => sum + to - from, 0)
