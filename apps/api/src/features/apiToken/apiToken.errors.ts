import { DomainError } from '../../shared/errors.ts'

export const nameTaken = (name: string) =>
  new DomainError('conflict', 'api-token-exists', `A live token is already called ${name}. Choose another name.`)

export const tooMany = (liveMax: number) =>
  new DomainError(
    'conflict',
    'api-tokens-full',
    `There are already ${liveMax} live tokens, the maximum. Revoke one that is no longer used.`,
  )

export const alreadyRevoked = (name: string) =>
  new DomainError('conflict', 'api-token-revoked', `The token ${name} is already revoked.`)

export const notConfirmed = () =>
  new DomainError(
    'invalid',
    'api-token-not-confirmed',
    'The name does not match. Type the name of the token to confirm.',
  )

export const tokenMissing = () =>
  new DomainError(
    'unauthenticated',
    'api-token-missing',
    'Send an API token: the header authorization with Bearer and the token.',
  )

/** The same for one that never existed, was revoked or has expired. */
export const tokenRefused = () =>
  new DomainError(
    'unauthenticated',
    'api-token-refused',
    'The API token is unknown, revoked or expired. Create another one in the portal.',
  )

export const scopeMissing = (scope: string) =>
  new DomainError(
    'forbidden',
    'api-token-scope-missing',
    `The API token does not have the scope ${scope}. Create one that has it.`,
    {
      details: { scope },
    },
  )
