import { DomainError } from '../../shared/errors.ts'

export const freezeInvalid = (sentence: string) => new DomainError('invalid', 'freeze-window-invalid', sentence)

export const tooManyFreezes = (windowsMax: number) =>
  new DomainError(
    'conflict',
    'freeze-windows-full',
    `${windowsMax} freeze windows hold or come already. Cancel one, or wait until one is over.`,
  )

export const freezeOver = () =>
  new DomainError('conflict', 'freeze-window-over', 'This window is over, or someone ended it. Reload the list.')
