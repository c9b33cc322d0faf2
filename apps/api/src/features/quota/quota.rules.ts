import {
  type Envelope,
  type Impact,
  impactOf,
  type LimitChange,
  type LimitName,
  type Limits,
  limitNames,
  resolveLimits,
} from '@tickwatch/policy'

/** What a change of a tenant's limits is judged against; `before` holds the limits that the tenant set itself. */
export type QuotaState = { before: Limits; defaults: Limits; envelope: Envelope }
/** The tenant's own limits before and after the change, and the change's impact. */
export type Judgement = Impact & { before: Limits; after: Limits }

/** @param change only the limits that change; null restores the default */
export function judgeChange({ before, defaults, envelope }: QuotaState, change: Limits): Judgement {
  const after: Limits = {}
  for (const name of limitNames) {
    const value = change[name] === undefined ? before[name] : change[name]
    if (value !== null && value !== undefined) after[name] = value
  }
  return { before, after, ...impactOf(envelope, resolveLimits(before, defaults), resolveLimits(after, defaults)) }
}

/** When a change that applies at `at` ends; null if it has no end. */
export const boostEndsAt = (
  { endsAt, boostSeconds }: { endsAt: Date | null; boostSeconds: number | null },
  at: Date,
): Date | null => (boostSeconds === null ? endsAt : new Date(at.getTime() + boostSeconds * 1_000))

/** When a request's change ends; null if it has no end, or none until its approval. */
export const requestEndsAt = (asked: {
  state: string
  decision: { at: Date } | null
  endsAt: Date | null
  boostSeconds: number | null
}): Date | null => (asked.state === 'approved' && asked.decision ? boostEndsAt(asked, asked.decision.at) : asked.endsAt)

export type PastRevision = { revision: number; limits: Limits; changes: readonly LimitChange[]; endsAt: Date | null }

/**
 * The limits that a boost's end restores: each one that the boost changed and no later revision did. A limit gets its
 * newest earlier value that is not from a boost that has ended. Empty if nothing is left to restore.
 * @param history all revisions of the tenant from the oldest that matters, oldest first
 * @param nowMs milliseconds since the epoch
 */
export function boostEnd(history: readonly PastRevision[], boostRevision: number, nowMs: number): Limits {
  const boost = history.find((r) => r.revision === boostRevision)
  const back: Limits = {}
  for (const { limit } of boost?.changes ?? []) {
    const later = history.some((r) => r.revision > boostRevision && changed(r, limit))
    if (!later) back[limit] = valueBefore(history, boostRevision, limit, nowMs)
  }
  return back
}

/** The limits that boosts hold after the last of these revisions (oldest first), each with its value without them. */
export function behindBoosts(history: readonly PastRevision[]): Limits {
  const values: Limits = {}
  for (const limit of limitNames) {
    const setter = history.findLast((r) => changed(r, limit))
    if (setter?.endsAt) values[limit] = valueBefore(history, setter.revision, limit, Number.POSITIVE_INFINITY)
  }
  return values
}

const changed = (r: PastRevision, limit: LimitName) => r.changes.some((c) => c.limit === limit)

function valueBefore(history: readonly PastRevision[], revision: number, limit: LimitName, nowMs: number) {
  const setter = history.findLast((r) => r.revision < revision && changed(r, limit))
  if (!setter) return history.findLast((r) => r.revision < revision)?.limits[limit] ?? null
  if (setter.endsAt && setter.endsAt.getTime() <= nowMs) return valueBefore(history, setter.revision, limit, nowMs)
  return setter.limits[limit] ?? null
}

/** Boosts that have not ended and have at least one limit that no later revision changed. */
export function runningBoosts<R extends PastRevision>(history: readonly R[], nowMs: number): R[] {
  return history.filter(
    (r) =>
      r.endsAt !== null &&
      r.endsAt.getTime() > nowMs &&
      r.changes.some(({ limit }) => !history.some((later) => later.revision > r.revision && changed(later, limit))),
  )
}
