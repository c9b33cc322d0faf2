import {
  diffLimits,
  isLimitName,
  type LimitChange,
  type LimitName,
  limitDefinitions,
  limitNames,
  type ResolvedLimits,
} from './limits.ts'

/** The range that a tenant may set without approval, both ends included. */
export type Bounds = { min: number; max: number }
/** A change of a limit without bounds always needs an approval. */
export type Envelope = Partial<Record<LimitName, Bounds>>

export type OutsideEnvelope = { limit: LimitName; value: number; bounds: Bounds | null }

/** What a change of a tenant's effective limits does, and who decides it. */
export type Impact = {
  changes: LimitChange[]
  outside: OutsideEnvelope[]
  /** `rule`: it applies at once, without approval. `approver`: it becomes a change request. */
  decidedBy: 'rule' | 'approver'
}

/**
 * Judges a change. The form in the browser, the preview, the proposal and the approval all use it. It does not judge
 * unchanged limits, so that a tenant with a limit that was approved above its envelope can still edit the others.
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

/** Why this can't be an envelope, one sentence per fault. Empty if it can. */
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
        `the envelope of ${limit} must be within what the platform carries: ${definition.min} to ${definition.max} ${definition.unit}`,
      )
  }
  return faults
}
