import { DomainError } from '../../shared/errors.ts'

export const fourEyes = () =>
  new DomainError('forbidden', 'four-eyes', 'You asked for this change, so someone else must decide it.')

export const outdated = (why: string) =>
  new DomainError('conflict', 'request-outdated', `This request is outdated and was closed: ${why} Ask again.`)
