import { AlreadyExists, LastPlatformAdmin, NotFound } from '@tickwatch/db'
import { DomainError, notFound } from '../../shared/errors.ts'

/** Maps the errors of the grants' repository to errors for the portal. Returns any other error unchanged. */
export function accessError(cause: unknown): unknown {
  if (cause instanceof AlreadyExists) {
    return new DomainError('conflict', 'grant-exists', 'They already have this role. Nothing was changed.', { cause })
  }
  if (cause instanceof LastPlatformAdmin) {
    const sentence =
      'This is the last platform-admin grant. Without it nobody could grant a role. Grant it to someone else first.'
    return new DomainError('conflict', 'last-platform-admin', sentence, { cause })
  }
  if (cause instanceof NotFound) return notFound(cause.message.includes('tenant') ? 'tenant' : 'grant')
  return cause
}
