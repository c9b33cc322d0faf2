import type { AwsRefused, AwsUnavailable } from './errors.ts'

/** What a call of a rollout that AWS did not make waits for. */
export type FaultKind =
  /** The calls of the account come faster than its rate. */
  | 'throttled'
  /** Another change is under way. */
  | 'busy'
  | 'limit'
  | 'right'
  | 'credentials'
  /** AWS failed, or could not be reached. */
  | 'no answer'
  /** Something else in the request or in AWS, which the message names. */
  | 'refused'

/**
 * By AWS's name for the fault, the first that fits: of Auto Scaling the errors of its API's model and those that all of its calls have
 * (`CommonErrors` in its reference); of EC2 the client and server errors that the reference lists (`errors-overview`).
 */
const forms: readonly [RegExp, FaultKind][] = [
  [/Throttl|RequestLimitExceeded|TooManyRequests|SlowDown/, 'throttled'],
  [/^(ResourceContention|ScalingActivityInProgress|ResourceInUse|IdempotentCallInProgress|ServiceLinkedRole)/, 'busy'],
  [/LimitExceeded|QuotaExceeded/, 'limit'],
  [/^(AccessDenied|Unauthorized|NotAuthorized|OptInRequired)/, 'right'],
  [
    /^(AuthFailure|Expired|RequestExpired|InvalidClientTokenId|UnrecognizedClient|MissingAuthenticationToken)/,
    'credentials',
  ],
  [/^(SignatureDoesNotMatch|IncompleteSignature|InvalidSignature)/, 'credentials'],
]

export function faultKind(error: AwsUnavailable | AwsRefused): FaultKind {
  const { code } = error
  const form = code === null ? undefined : forms.find(([each]) => each.test(code))
  return form?.[1] ?? (error.name === 'AwsUnavailable' ? 'no answer' : 'refused')
}
