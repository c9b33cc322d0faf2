import { DomainError } from '../../shared/errors.ts'

export const fourEyes = () =>
  new DomainError('forbidden', 'four-eyes', 'You asked for this change, so someone else must decide it.')

export const approvedAlready = () =>
  new DomainError(
    'conflict',
    'approved-already',
    'You approved this request already, and each person decides once. It waits for another person.',
  )

export const notBetween = (fault: string) => new DomainError('invalid', 'approval-beyond-request', fault)

export const tooManyQuestions = (questionsMax: number) =>
  new DomainError(
    'conflict',
    'questions-full',
    `This request already has ${questionsMax} questions. Decide it: the requester can ask again.`,
  )

export const outdated = (why: string) =>
  new DomainError('conflict', 'request-outdated', `This request is outdated and was closed: ${why} Ask again.`)

export const notInPart = () =>
  new DomainError(
    'invalid',
    'approval-in-part',
    'Only limits can be approved in part. Approve this request, or decline it.',
  )

export const kindUnknown = (kind: string) =>
  new DomainError(
    'conflict',
    'request-kind-unknown',
    `A newer release made this request of the kind ${kind}. Decide it with that release.`,
  )

export const tooManyPending = (pendingMax: number) =>
  new DomainError(
    'conflict',
    'requests-full',
    `${pendingMax} changes of this kind wait for a decision already. Withdraw one, or wait for a decision.`,
  )

export const noPlatformTenant = (tenantId: string, cause: unknown) =>
  new DomainError(
    'conflict',
    'platform-tenant-missing',
    `This change needs an approval, and requests of the platform belong to the tenant ${tenantId}, which does not exist. Create it first.`,
    { cause },
  )
