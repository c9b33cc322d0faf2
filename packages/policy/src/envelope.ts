import { isLimitName, type LimitName, limitDefinitions, limitNames, type ResolvedLimits } from './limits.ts'

/** What a tenant may set alone, both ends included. */
export type Bounds = { min: number; max: number }
/** Limits without bounds are the platform's to change: any edit of them needs an approval. */
export type Envelope = Partial<Record<LimitName, Bounds>>

export type OutsideEnvelope = { limit: LimitName; value: number; bounds: Bounds | null }

/**
 * Which of the changed limits leave the envelope. An empty answer means the tenant may apply the change alone.
 * Unchanged limits are never judged: a tenant whose limit was approved above its envelope may still edit the others.
 */
export function outsideEnvelope(envelope: Envelope, before: ResolvedLimits, after: ResolvedLimits): OutsideEnvelope[] {
  const outside: OutsideEnvelope[] = []
  for (const limit of limitNames) {
    const value = after[limit]
    if (value === before[limit]) continue
    const bounds = envelope[limit] ?? null
    if (!bounds || value < bounds.min || value > bounds.max) outside.push({ limit, value, bounds })
  }
  return outside
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
