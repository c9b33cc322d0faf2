import type { ChangeRequest, NearLimit, NewNotice, NoticeCondition, QuotaRevision } from '@tickwatch/db'
import { type LimitChange, limitDefinitions, nearLimitRatio } from '@tickwatch/policy'
import { askedRollout, rolloutKind } from '../changeRequest/rolloutSubject.ts'
import type { NoticeKind } from './notice.types.ts'

/** A notice, and the severity with which routes match it. */
export type MadeNotice = Omit<NewNotice, 'createdAt' | 'kind' | 'severity'> & {
  kind: NoticeKind
  severity: 'ticket' | 'info'
}

// 1. Words -----------------------------------------------------------------------------------------------------------

const number = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: 0 })

/** `Samples per second from 10,000 to 20,000 samples/s`, for each change. */
export const changeWords = (changes: readonly LimitChange[]): string =>
  changes
    .map(({ limit, from, to }) => {
      const { title, unit } = limitDefinitions[limit]
      return `${title} from ${number(from)} to ${number(to)} ${unit}`
    })
    .join(', ')

function subjectWords({ subject, changes }: Pick<ChangeRequest, 'subject' | 'changes'>): string {
  if (!subject) return changeWords(changes)
  if (subject.kind === 'maintenance') return 'a maintenance window'
  if (subject.kind === rolloutKind) {
    const asked = askedRollout(subject)
    return asked ? `a rollout in ${asked.environment}` : 'a rollout'
  }
  return `a change of the ${subject.kind === 'slo' ? 'SLO' : subject.kind} ${subject.id}`
}

export const requestWaits = ({ id, tenantName, by, subject, changes, reason }: ChangeRequest): MadeNotice => ({
  ...{ key: `request-waits/${id}`, kind: 'requestWaits', severity: 'info', tenantId: null, forSubject: null },
  title: `A request of ${tenantName} waits for a decision`,
  text: `${by.name} asks for ${subjectWords({ subject, changes })}. Reason: ${reason}`,
  path: `/approvals/${id}`,
})

/** Null while it waits, and if the requester withdrew it. */
export function requestDecided(asked: ChangeRequest): MadeNotice | null {
  const { id, tenantId, state, by, subject, decision } = asked
  if (state === 'pending' || state === 'withdrawn' || !decision) return null
  const how = { approved: 'approved', declined: 'declined', outdated: 'closed as outdated' }[state]
  return {
    ...{ key: `request-decided/${id}`, kind: 'requestDecided', severity: 'info', forSubject: by.subject },
    // Without limits it is a request of the platform's people, about the platform.
    tenantId: subject ? null : tenantId,
    title: `Your request was ${how}`,
    text: `${decision.by.name} decided about ${subjectWords(asked)}. Reason: ${decision.reason}`,
    path: subject ? `/approvals/${id}` : `/t/${tenantId}/quotas`,
  }
}

export const quotaChangeTitle = ({ tenantId, changes }: Pick<QuotaRevision, 'tenantId' | 'changes'>): string =>
  `Limits of ${tenantId}: ${changeWords(changes) || 'nothing changes'}`

const dayMs = 86_400_000
/** Days before the end at which people are told. */
const tokenDays = [7, 1]
const certificateDays = [14, 3]

type Ending = { key: string; name: string; expiresAt: Date }

/** At most one notice for each number of days: the nearest that has begun. */
function ending(days: readonly number[], { key, expiresAt }: Ending, now: Date): string | null {
  const leftDays = (expiresAt.getTime() - now.getTime()) / dayMs
  if (leftDays <= 0) return null
  const reached = days.filter((day) => leftDays <= day).at(-1)
  return reached === undefined ? null : `${key}/${expiresAt.toISOString()}/${reached}`
}

const dateOf = (at: Date) => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** @param tenantId null for an API token, which is the platform's */
export function tokenExpires(token: Ending, tenantId: string | null, now: Date): MadeNotice | null {
  const key = ending(tokenDays, token, now)
  if (key === null) return null
  return {
    ...{ key: `token-expires/${key}`, kind: 'tokenExpires', severity: 'ticket', tenantId, forSubject: null },
    title: `The token ${token.name} expires soon`,
    text: `It expires at ${dateOf(token.expiresAt)}. Create another one and give it to the program that uses it.`,
    path: tenantId === null ? '/notifications' : `/t/${tenantId}/readers`,
  }
}

export function certificateExpires(certificate: Ending, now: Date): MadeNotice | null {
  const key = ending(certificateDays, certificate, now)
  if (key === null) return null
  const common = { kind: 'certificateExpires', severity: 'ticket', tenantId: null, forSubject: null } as const
  return {
    ...{ ...common, key: `certificate-expires/${key}` },
    title: `The certificate of ${certificate.name} expires soon`,
    text: `It expires at ${dateOf(certificate.expiresAt)}. Renew it: without it gateways can’t reach the control plane.`,
    path: '/gateways',
  }
}

// 2. Conditions ------------------------------------------------------------------------------------------------------

/** What holds now. A higher level is worse; a condition that does not hold is missing. */
export type Seen = { key: string; level: number; about: NearLimit }

/** A condition ends if it was not seen for so long. Until then it makes no other notice at the same level. */
export const calmMs = 3_600_000
/** A condition that goes on is not written each time. */
const writeEveryMs = 60_000
const ratios = [nearLimitRatio, 0.95]

export function seenNow(near: readonly NearLimit[]): Seen[] {
  return near.flatMap((about) => {
    const level = ratios.filter((ratio) => about.ratio >= ratio).length
    const refused = [...Object.values(about.refusedByReason), ...Object.values(about.refusedQueriesByReason)]
    return [
      ...(level > 0 ? [{ key: `limit/${about.tenantId}/${about.limit}`, level, about }] : []),
      ...(refused.some((rate) => rate > 0) ? [{ key: `refusals/${about.tenantId}`, level: 1, about }] : []),
    ]
  })
}

/**
 * Which conditions began or rose, and what to store.
 * @param known what is stored
 */
export function stepConditions(
  known: readonly NoticeCondition[],
  seen: readonly Seen[],
  now: Date,
): { store: NoticeCondition[]; began: (Seen & { since: Date })[] } {
  const store: NoticeCondition[] = []
  const began: (Seen & { since: Date })[] = []
  const before = new Map(known.map((condition) => [condition.key, condition]))
  for (const each of seen) {
    const { key, level } = each
    const stored = before.get(key)
    if (!stored || level > stored.level) {
      store.push({ key, level, since: now, lastSeen: now })
      began.push({ ...each, since: now })
    } else if (level === stored.level && now.getTime() - stored.lastSeen.getTime() >= writeEveryMs) {
      store.push({ ...stored, lastSeen: now })
    }
  }
  const levels = new Map(seen.map(({ key, level }) => [key, level]))
  for (const condition of known) {
    const level = levels.get(condition.key) ?? 0
    const isCalm = now.getTime() - condition.lastSeen.getTime() >= calmMs
    if (level < condition.level && isCalm) store.push({ ...condition, level, lastSeen: now })
  }
  return { store, began }
}

/** Why requests were refused, most first: `rate-limited (120/s)`. */
const reasonWords = ({ refusedByReason, refusedQueriesByReason }: NearLimit) => {
  const queries = Object.entries(refusedQueriesByReason).map(([reason, rate]) => [`queries: ${reason}`, rate] as const)
  return [...Object.entries(refusedByReason), ...queries]
    .filter(([, rate]) => rate > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, rate]) => `${reason} (${rate.toLocaleString('en-US', { maximumFractionDigits: 1 })}/s)`)
    .join(', ')
}

export function conditionNotice({ key, level, about, since }: Seen & { since: Date }): MadeNotice {
  const { tenantId, limit, used, max } = about
  const common = { key: `${key}/${level}/${since.toISOString()}`, tenantId, forSubject: null, path: `/t/${tenantId}` }
  if (key.startsWith('refusals/')) {
    return {
      ...{ ...common, kind: 'refusals', severity: 'ticket' },
      title: `Gateways began to refuse requests of ${tenantId}`,
      text: `Reasons: ${reasonWords(about)}.`,
    }
  }
  const { title, unit } = limitDefinitions[limit]
  const percent = number((ratios[level - 1] ?? 0) * 100)
  return {
    ...{ ...common, kind: 'nearLimit', severity: level > 1 ? 'ticket' : 'info' },
    title: `${tenantId} uses more than ${percent} % of a limit`,
    text: `${title}: ${number(used)} of ${number(max)} ${unit}. Above the limit gateways refuse what is too much.`,
  }
}
