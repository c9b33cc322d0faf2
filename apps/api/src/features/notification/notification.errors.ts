import { DomainError } from '../../shared/errors.ts'

export const nameTaken = (name: string) =>
  new DomainError('conflict', 'receiver-exists', `A receiver is already called ${name}. Choose another name.`)

export const tooMany = (receiversMax: number) =>
  new DomainError(
    'conflict',
    'receivers-full',
    `There are already ${receiversMax} receivers, the maximum. Remove one that is no longer used.`,
  )

export const kindFixed = () =>
  new DomainError('invalid', 'receiver-kind-fixed', 'The kind of a receiver can’t change. Add another receiver.')

export const notConfirmed = () =>
  new DomainError(
    'invalid',
    'receiver-not-confirmed',
    'The name does not match. Type the name of the receiver to confirm.',
  )

export const nothingToDecide = () =>
  new DomainError(
    'conflict',
    'message-needs-no-decision',
    'Nothing of this needs a decision now: it was sent, or it is being sent. Look at its state again.',
  )

export const inRoutes = (name: string, routes: readonly string[]) =>
  new DomainError(
    'conflict',
    'receiver-in-routes',
    `The receiver ${name} is in the routes ${routes.join(', ')}. Remove it there first.`,
  )

export const noSuchReceiver = (route: string) =>
  new DomainError(
    'invalid',
    'route-receiver-unknown',
    `The route ${route} names a receiver that does not exist or was removed.`,
  )

export const routesChanged = (version: number) =>
  new DomainError(
    'conflict',
    'routes-changed',
    `Someone changed the routes meanwhile: they are at version ${version}. Load them again and repeat your change.`,
    { details: { version } },
  )
