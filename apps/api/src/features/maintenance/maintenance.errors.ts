import { DomainError } from '../../shared/errors.ts'

export const windowInvalid = (sentence: string) => new DomainError('invalid', 'maintenance-invalid', sentence)

export const groupWithoutSlo = () =>
  new DomainError('invalid', 'maintenance-invalid', 'A group belongs to an SLO. Choose the SLO, or no group.')

export const tooManyWindows = (windowsMax: number) =>
  new DomainError(
    'conflict',
    'maintenance-full',
    `${windowsMax} windows hold or come already. Cancel one, or wait until one is over.`,
  )

export const windowOver = () =>
  new DomainError('conflict', 'maintenance-over', 'This window is over, or someone ended it. Reload the list.')
