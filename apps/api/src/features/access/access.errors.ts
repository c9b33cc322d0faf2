import { AlreadyExists, LastPlatformAdmin, NotFound } from '@tickwatch/db'
import { DomainError, notFound } from '../../shared/errors.ts'

/** What the grants' repository refuses, for the portal; anything else as it is. */
export function accessError(cause: unknown): unknown {
  if (cause instanceof AlreadyExists) {
    return new DomainError('conflict', 'grant-exists', 'This role is granted to them already.', { cause })
  }
  if (cause instanceof LastPlatformAdmin) {
    const sentence = 'This is the last platform-admin grant. Without it nobody could grant a role: grant another first.'
    return new DomainError('conflict', 'last-platform-admin', sentence, { cause })
  }
  if (cause instanceof NotFound) return notFound(cause.message.includes('tenant') ? 'tenant' : 'grant')
  return cause
}
