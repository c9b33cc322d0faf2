import { AlreadyExists, NotFound, StaleEnvelope } from '@tickwatch/db'
import { DomainError, notFound } from '../../shared/errors.ts'

/** Maps the errors of the tenants' repository to errors for the portal. Returns any other error unchanged. */
export function tenantError(cause: unknown): unknown {
  if (cause instanceof AlreadyExists) {
    return new DomainError('conflict', 'tenant-exists', 'A tenant with this id already exists. Choose another id.', {
      cause,
    })
  }
  if (cause instanceof StaleEnvelope) {
    return new DomainError('conflict', 'envelope-conflict', 'Someone changed this envelope while you edited it.', {
      cause,
    })
  }
  return cause instanceof NotFound ? notFound('tenant') : cause
}

export const alreadyIs = (id: string, status: string) =>
  new DomainError('conflict', `tenant-${status}`, `${id} is already ${status}.`)

export const builtIn = () =>
  new DomainError(
    'conflict',
    'tenant-built-in',
    'tickwatch is the platform’s own tenant and cannot be suspended: nobody would see whether graphs are current.',
  )

export const envelopeInvalid = (faults: string[]) =>
  new DomainError('invalid', 'envelope-invalid', `${faults.join('; ')}.`, { details: faults })
