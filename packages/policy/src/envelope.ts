import {
  diffLimits,
  isLimitName,
  type LimitChange,
  type LimitName,
  limitDefinitions,
  limitNames,
  type ResolvedLimits,
} from './limits.ts'

/** What a tenant may set alone, both ends included. */
export type Bounds = { min: number; max: number }
/** Limits without bounds are the platform's to change: any edit of them needs an approval. */
export type Envelope = Partial<Record<LimitName, Bounds>>

export type OutsideEnvelope = { limit: LimitName; value: number; bounds: Bounds | null }

/** What a change of a tenant's effective limits does, and who decides it. */
export type Impact = {
  changes: LimitChange[]
  outside: OutsideEnvelope[]
  /** `rule`: the tenant applies it alone, at once. `approver`: it becomes a change request. */
  decidedBy: 'rule' | 'approver'
}

/**
 * The one judgement of a change, for the form in the browser, the preview, the proposal and the approval alike.
 * Unchanged limits are never judged: a tenant whose limit was approved above its envelope may still edit the others.
 */
export function impactOf(envelope: Envelope, before: ResolvedLimits, after: ResolvedLimits): Impact {
  const changes = diffLimits(before, after)
  const outside = changes.flatMap(({ limit, to: value }) => {
    const bounds = envelope[limit] ?? null
    return bounds && value >= bounds.min && value <= bounds.max ? [] : [{ limit, value, bounds }]
  })
  return { changes, outside, decidedBy: outside.length === 0 ? 'rule' : 'approver' }
}

/** The limits whose bounds differ. */
export const changedBounds = (before: Envelope, after: Envelope): LimitName[] =>
  limitNames.filter((name) => before[name]?.min !== after[name]?.min || before[name]?.max !== after[name]?.max)

/** Why this can't be an envelope, one sentence each; empty when it can. */
export function envelopeFaults(envelope: Envelope): string[] {
  const faults: string[] = []
  for (const [limit, bounds] of Object.entries(envelope)) {
    if (!isLimitName(limit)) {
      faults.push(`${limit} is not a limit; the limits are ${limitNames.join(', ')}`)
      continue
    }
    const definition = limitDefinitions[limit]
    if (!Number.isSafeInteger(bounds?.min) || !Number.isSafeInteger(bounds?.max) || bounds.min > bounds.max)
      faults.push(`the envelope of ${limit} needs whole numbers with min at most max`)
    else if (bounds.min < definition.min || bounds.max > definition.max)
      faults.push(
        `the envelope of ${limit} reaches past what the platform carries, ${definition.min} to ${definition.max} ${definition.unit}`,
      )
  }
  return faults
}
