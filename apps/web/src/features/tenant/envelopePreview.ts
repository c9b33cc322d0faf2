import {
  changedBounds,
  type Envelope,
  impactOf,
  type LimitChange,
  type LimitName,
  limitDefinitions,
  type ResolvedLimits,
} from '@tickwatch/policy'
import type { StatusKind } from '../../components/Status.tsx'
import { formatInteger } from '../../lib/format.ts'
import { boundsText } from './envelope.ts'

/** `by` is the person who asks; the text goes on after it. */
type Sentence = { kind: StatusKind; by?: string; text: string }
type Pending = { by: { name: string }; changes: readonly LimitChange[] }

/**
 * What an envelope would make possible: what the tenant can set alone, which present limits and which use are outside,
 * and which requests that wait would have needed no approval.
 * @param used present use by limit; a limit without a meter is absent.
 */
export function envelopePreview(
  tenantId: string,
  before: Envelope,
  after: Envelope,
  resolved: ResolvedLimits,
  used: Partial<Record<LimitName, number | null>>,
  pending: readonly Pending[],
): Sentence[] {
  const changed = changedBounds(before, after)
  if (changed.length === 0) return []
  return [
    ...changed.flatMap((limit) => [
      rangeSentence(tenantId, limit, before, after),
      ...outsideSentences(tenantId, limit, after, resolved[limit], used[limit] ?? null),
    ]),
    ...pending.map((request) => pendingSentence(tenantId, request, after, resolved)),
  ]
}

const titleOf = (limit: LimitName) => limitDefinitions[limit].title.toLowerCase()
const amount = (limit: LimitName, value: number) => `${formatInteger(value)} ${limitDefinitions[limit].unit}`

function rangeSentence(tenantId: string, limit: LimitName, before: Envelope, after: Envelope): Sentence {
  const until = before[limit]
    ? `Until now it could set ${boundsText(before[limit])}.`
    : 'Until now every change needed an approval.'
  const bounds = after[limit]
  const text = bounds
    ? `${tenantId} can set ${titleOf(limit)} alone, from ${formatInteger(bounds.min)} to ${amount(limit, bounds.max)}. ${until}`
    : `Every change of ${titleOf(limit)} needs an approval. ${until}`
  return { kind: 'info', text }
}

function outsideSentences(
  tenantId: string,
  limit: LimitName,
  after: Envelope,
  now: number,
  used: number | null,
): Sentence[] {
  const bounds = after[limit]
  if (!bounds) return []
  const side =
    now < bounds.min
      ? `below the minimum of ${formatInteger(bounds.min)}`
      : `above the maximum of ${formatInteger(bounds.max)}`
  const sentences: Sentence[] = []
  if (now < bounds.min || now > bounds.max) {
    const text = `The limit of ${amount(limit, now)} is ${side}. It stays until someone changes it.`
    sentences.push({ kind: 'warning', text })
  }
  if (used !== null && Math.round(used) > bounds.max) {
    const text = `${tenantId} uses ${amount(limit, Math.round(used))} now, more than it could set alone.`
    sentences.push({ kind: 'warning', text })
  }
  return sentences
}

function pendingSentence(
  tenantId: string,
  { by, changes }: Pending,
  after: Envelope,
  resolved: ResolvedLimits,
): Sentence {
  const asked = changes.map(({ limit, to }) => `${titleOf(limit)} ${amount(limit, to)}`).join(' and ')
  const wanted = { ...resolved }
  for (const { limit, to } of changes) wanted[limit] = to
  const fits = impactOf(after, resolved, wanted).decidedBy === 'rule'
  return fits
    ? {
        kind: 'good',
        by: by.name,
        text: `asks for ${asked}: that is inside, so ${tenantId} could set it alone. The request still waits for a decision.`,
      }
    : { kind: 'quiet', by: by.name, text: `asks for ${asked}: that still needs an approval.` }
}
