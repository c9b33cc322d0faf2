import { BadCursor, DatabaseUnavailable } from '@tickwatch/db'
import type { QuotaConflict } from '../features/quota/quota.types.ts'

/** What sort of failure it is; mapped once to tRPC codes (`trpc.ts`) and once to HTTP statuses (`problem.ts`). */
export type ErrorKind = 'unauthenticated' | 'forbidden' | 'not-found' | 'conflict' | 'invalid' | 'unavailable'

/**
 * An expected failure. `message` is the public sentence that the portal shows; what only operators may read goes into
 * `cause`, which is logged and never sent.
 */
export class DomainError extends Error {
  override name = 'DomainError'
  readonly kind: ErrorKind
  /** Stable and kebab-case: clients switch on it. */
  readonly code: string
  /** Public facts beside the sentence. */
  readonly details: unknown

  constructor(kind: ErrorKind, code: string, sentence: string, options: { cause?: unknown; details?: unknown } = {}) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause })
    this.kind = kind
    this.code = code
    this.details = options.details
  }
}

/** A domain error that knows the other edit. */
export class ConflictError extends DomainError {
  readonly conflict: QuotaConflict
  constructor(code: string, sentence: string, conflict: QuotaConflict) {
    super('conflict', code, sentence)
    this.conflict = conflict
  }
}

/** Unknown and not the caller's to see are told alike. */
export const notFound = (what: string) =>
  new DomainError('not-found', `${what.replaceAll(' ', '-')}-not-found`, `There is no such ${what}.`)

export const unauthenticated = (cause?: unknown) =>
  new DomainError('unauthenticated', 'sign-in-needed', 'Sign in again: this session is missing or has ended.', {
    cause,
  })

/** Failures of the database room that every feature tells alike; anything else as it is. */
export function asDomainError(cause: unknown): unknown {
  if (cause instanceof DatabaseUnavailable) {
    const sentence = 'The control plane’s database does not answer. Traffic flows on by the last policy. Try again.'
    return new DomainError('unavailable', 'database-unavailable', sentence, { cause })
  }
  if (cause instanceof BadCursor) {
    return new DomainError('invalid', 'cursor-invalid', 'The list cannot go on from there; open it again.', { cause })
  }
  return cause
}
