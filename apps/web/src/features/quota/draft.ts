import { isLimitName, type LimitName } from '@tickwatch/policy'
import { z } from 'zod'
import type { Wanted } from './impact.ts'

/** How long the change applies: until the next change, for some hours, or until a given time. */
export type End = { kind: 'stays' } | { kind: 'hours'; hours: number } | { kind: 'until'; at: string }
export type Draft = { wanted: Wanted; reason: string; end: End }

const draftSchema = z.object({
  wanted: z.record(z.string(), z.number().nullable()),
  reason: z.string(),
  end: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('stays') }),
    z.object({ kind: z.literal('hours'), hours: z.number() }),
    z.object({ kind: z.literal('until'), at: z.string() }),
  ]),
})

/** The person and the limit of a draft: the next person in the same tab has their own drafts. */
type DraftPlace = { subject: string; tenantId: string; limit: LimitName }

const keyOf = ({ subject, tenantId, limit }: DraftPlace) => `tickwatch-draft ${subject} ${tenantId} ${limit}`

/**
 * The draft that a person entered and then closed, in this tab only, by the limit on which the editor was opened. Null
 * if there is none, or if it can't be read.
 */
export function readDraft(place: DraftPlace): Draft | null {
  const text = window.sessionStorage.getItem(keyOf(place))
  return text === null ? null : parseDraft(text)
}

export function parseDraft(text: string): Draft | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null // written by another version of the portal
  }
  const parsed = draftSchema.safeParse(json)
  if (!parsed.success) return null
  const wanted: Wanted = {}
  for (const [limit, value] of Object.entries(parsed.data.wanted)) if (isLimitName(limit)) wanted[limit] = value
  return { ...parsed.data, wanted }
}

export const keepDraft = (place: DraftPlace, draft: Draft) =>
  window.sessionStorage.setItem(keyOf(place), JSON.stringify(draft))

export const dropDraft = (place: DraftPlace) => window.sessionStorage.removeItem(keyOf(place))

/** When the change ends, ISO 8601; null if it has no end. */
export function endsAtOf(end: End, nowMs: number): string | null {
  if (end.kind === 'stays') return null
  if (end.kind === 'hours') return new Date(nowMs + end.hours * 3_600_000).toISOString()
  const at = Date.parse(end.at)
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}

/** What is wrong with the end, or null. */
export function endFault(end: End, nowMs: number): string | null {
  if (end.kind !== 'until') return null
  const at = Date.parse(end.at)
  if (Number.isNaN(at)) return 'Choose a date and a time.'
  return at <= nowMs ? 'Choose a time in the future.' : null
}
