import { DomainError } from '../../shared/errors.ts'

export const nameTaken = (name: string) =>
  new DomainError('conflict', 'reader-exists', `A live token is already called ${name}. Choose another name.`)

export const tooMany = (liveMax: number) =>
  new DomainError(
    'conflict',
    'readers-full',
    `This tenant already has ${liveMax} live tokens, the maximum. Revoke one that is no longer used.`,
  )

export const alreadyRevoked = (name: string) =>
  new DomainError('conflict', 'reader-revoked', `The token ${name} is already revoked.`)

export const notConfirmed = () =>
  new DomainError('invalid', 'reader-not-confirmed', 'The name does not match. Type the name of the token to confirm.')
