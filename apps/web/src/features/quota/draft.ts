import type { LimitChange, LimitName } from '@tickwatch/policy'
import { formatInteger } from '../../lib/format.ts'
import type { Draft, End } from './draftSchema.ts'

type AskedBefore = {
  changes: readonly LimitChange[]
  reason: string
  endsAt: string | null
  boostSeconds: number | null
}

/** The name of a draft: there is one for each limit on which the editor was opened. */
export const draftName = (tenantId: string, limit: LimitName) => `${tenantId} ${limit}`

/** What the form holds when a request is asked again. */
export function draftOf({ changes, reason, endsAt, boostSeconds }: AskedBefore): Draft {
  const typed: Draft['typed'] = {}
  for (const { limit, to } of changes) typed[limit] = formatInteger(to)
  if (boostSeconds !== null) return { typed, reason, end: { kind: 'hours', hours: boostSeconds / 3_600 } }
  return { typed, reason, end: endsAt === null ? { kind: 'stays' } : { kind: 'until', at: endsAt } }
}

/** When the change ends, ISO 8601; null if it has no end. */
export function endsAtOf(end: End, nowMs: number): string | null {
  if (end.kind === 'stays') return null
  if (end.kind === 'hours') return new Date(nowMs + end.hours * 3_600_000).toISOString()
  const at = Date.parse(end.at)
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}

/** How long a boost lasts from when it applies; null if it has no end, or ends at a given time. */
export const boostSecondsOf = (end: End): number | null => (end.kind === 'hours' ? end.hours * 3_600 : null)

/** What is wrong with the end, or null. */
export function endFault(end: End, nowMs: number): string | null {
  if (end.kind !== 'until') return null
  const at = Date.parse(end.at)
  if (Number.isNaN(at)) return 'Choose a date and a time.'
  return at <= nowMs ? 'Choose a time in the future.' : null
}
