import { BadCursor, DatabaseUnavailable } from '@tickwatch/db'
import type { QuotaConflict } from '../features/quota/quota.types.ts'

/** The kind of failure. `trpc.ts` maps it to tRPC codes, `problem.ts` to HTTP statuses. */
export type ErrorKind =
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'invalid'
  | 'limited'
  | 'unavailable'

/**
 * An expected failure. `message` is the public sentence that the portal shows. Facts for operators only go into
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

/** The conflict of two edits; it carries the other edit. */
export class ConflictError extends DomainError {
  readonly conflict: QuotaConflict
  constructor(code: string, sentence: string, conflict: QuotaConflict) {
    super('conflict', code, sentence)
    this.conflict = conflict
  }
}

/** "Does not exist" and "the caller may not see it" give the same error. */
export const notFound = (what: string) =>
  new DomainError('not-found', `${what.replaceAll(' ', '-').toLowerCase()}-not-found`, `There is no such ${what}.`)

/** The caller has no session, or it has ended: another sign-in helps. */
export const unauthenticated = (cause?: unknown) =>
  new DomainError('unauthenticated', 'sign-in-needed', 'Sign in again: this session is missing or has ended.', {
    cause,
  })

/** Maps the failures of packages/db that every feature reports in the same way. Returns any other error unchanged. */
export function asDomainError(cause: unknown): unknown {
  if (cause instanceof DatabaseUnavailable) {
    const sentence = 'The control plane’s database does not answer. Gateways still enforce the last policy.'
    return new DomainError('unavailable', 'database-unavailable', sentence, { cause })
  }
  if (cause instanceof BadCursor) {
    return new DomainError('invalid', 'cursor-invalid', 'This page link is no longer valid. Reload the list.', {
      cause,
    })
  }
  return cause
}
