import { DomainError } from '../../shared/errors.ts'
import type { Refusal } from './checks.ts'

export const reportUnreadable = (what: string, architecture: string, fault: string) =>
  new DomainError('invalid', 'image-report-unreadable', `The ${what} for ${architecture} can’t be read. ${fault}`)

export const architecturesRepeat = () =>
  new DomainError('invalid', 'image-report-unreadable', 'Send the reports of each architecture once.')

/** The evidence does not prove what was sent, so that it does not get into the catalogue. */
export const notProven = (refusals: readonly Refusal[]) =>
  new DomainError(
    'invalid',
    'image-not-proven',
    refusals.map(({ reason, remedy }) => `${reason} ${remedy}`).join(' '),
    {
      details: refusals,
    },
  )

export const imageExists = (name: string, version: string) =>
  new DomainError(
    'conflict',
    'image-exists',
    `${name} ${version} is registered with another manifest. Register what you built as another version.`,
  )

export const amiTaken = (amiId: string, name: string, version: string) =>
  new DomainError('conflict', 'image-ami-taken', `${amiId} is registered already, as ${name} ${version}.`)

export const keysUnreadable = (cause: unknown) =>
  new DomainError(
    'unavailable',
    'image-keys-unreadable',
    'The API can’t read the file of allowed keys, so no image is trusted now. Its log says why.',
    { cause },
  )

export const vulnerabilityUnknown = (imageName: string) =>
  new DomainError('invalid', 'image-vulnerability-unknown', `No image ${imageName} has this vulnerability.`)

export const exceptionExists = () =>
  new DomainError(
    'conflict',
    'image-exception-exists',
    'An exception for this vulnerability holds already. End it first to make another one.',
  )

export const exceptionOver = () =>
  new DomainError(
    'conflict',
    'image-exception-over',
    'This exception has expired, or someone ended it. Reload the page.',
  )
