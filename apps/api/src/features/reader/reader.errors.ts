import { DomainError } from '../../shared/errors.ts'

export const nameTaken = (name: string) =>
  new DomainError('conflict', 'reader-exists', `There is a live token ${name} already. Choose another name.`)

export const tooMany = (liveMax: number) =>
  new DomainError(
    'conflict',
    'readers-full',
    `There are ${liveMax} live tokens already, the most that a tenant may have. Revoke one that is not used any more.`,
  )

export const alreadyRevoked = (name: string) =>
  new DomainError('conflict', 'reader-revoked', `The token ${name} is revoked already.`)

export const notConfirmed = () =>
  new DomainError('invalid', 'reader-not-confirmed', 'Confirm with the name of the token.')
