import { expect, it } from 'vitest'
import { AwsRefused, AwsUnavailable } from './errors.ts'
import { faultKind } from './faults.ts'

/** What the references of both services document for the calls of a rollout. */
it.each<[kind: string, codes: string[]]>([
  ['throttled', ['Throttling', 'ThrottlingException', 'RequestThrottled', 'RequestLimitExceeded']],
  ['busy', ['ResourceContentionFault', 'ScalingActivityInProgressFault', 'ResourceInUseFault']],
  ['busy', ['IdempotentCallInProgressFault', 'ServiceLinkedRoleFailure']],
  ['limit', ['LimitExceededFault', 'VcpuLimitExceeded', 'InstanceLimitExceeded']],
  ['right', ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'NotAuthorized', 'OptInRequired']],
  ['credentials', ['AuthFailure', 'ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'InvalidClientTokenId']],
  ['credentials', ['UnrecognizedClientException', 'MissingAuthenticationToken', 'SignatureDoesNotMatch']],
  ['credentials', ['IncompleteSignature', 'InvalidSignatureException']],
  ['refused', ['ValidationError', 'IdempotentParameterMismatch', 'IrreversibleInstanceRefreshFault']],
  ['refused', ['InvalidLaunchTemplateId.NotFound', 'InvalidLaunchTemplateId.VersionNotFound', 'NoLaunchTemplate']],
  ['refused', ['InvalidParameterValue', 'InvalidNextToken', 'GroupNotFound', 'Blocked', 'PendingVerification']],
])('a call waits because it is: %s', (kind, codes) => {
  for (const code of codes) expect([code, faultKind(new AwsRefused('no', code))]).toEqual([code, kind])
})

it.each([
  ['throttled', 'Throttling'],
  ['busy', 'ResourceContentionFault'],
  ['no answer', 'InternalFailure'],
  ['no answer', 'ServiceUnavailable'],
  ['no answer', null],
])('of AWS that fails it is %s if it says %s', (kind, code) => {
  expect(faultKind(new AwsUnavailable('no', { code }))).toBe(kind)
})
