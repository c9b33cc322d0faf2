import { DomainError } from '../../shared/errors.ts'

export const versionRefused = (version: number) =>
  new DomainError('conflict', 'version-refused', `A gateway refused v${version}. Choose an earlier version.`)

export const previewOutdated = () =>
  new DomainError(
    'conflict',
    'rollback-conflict',
    'Limits changed since this preview. Nothing was rolled back. Read the new preview, then decide again.',
  )

export const nothingToRollBack = (version: number) =>
  new DomainError('invalid', 'nothing-changes', `Every tenant already has the limits of v${version}.`)
