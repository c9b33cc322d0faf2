import { describe, expect, it } from 'vitest'
import { AwsRefused, AwsUnavailable, asAwsError } from './errors.ts'

const fault = (name: string, side: 'client' | 'server', status: number) =>
  Object.assign(new Error('the reason'), { name, $fault: side, $metadata: { httpStatusCode: status } })

describe('asAwsError', () => {
  it.each([
    ['a service that fails inside', fault('InternalServerError', 'server', 500)],
    ['a throttle sent as 400', fault('ThrottlingException', 'client', 400)],
    ['a throttle sent as 429', fault('Whatever', 'client', 429)],
    ['too many updates of a parameter', fault('TooManyUpdates', 'client', 400)],
    ['a race of conditional writes', fault('ConditionalRequestConflict', 'client', 409)],
    ['a refused connection', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
    ['missing credentials', Object.assign(new Error('no providers'), { name: 'CredentialsProviderError' })],
    ['a value that is not an Error', 'odd'],
  ])('calls %s unavailable, with its cause', (_case, cause) => {
    const error = asAwsError('SSM GetParameter /a', cause)
    expect(error).toBeInstanceOf(AwsUnavailable)
    expect(error.cause).toBe(cause)
    expect(error.message).toMatch(/^SSM GetParameter \/a failed: /)
  })

  it('keeps AWS’s name for the fault, if AWS answered', () => {
    const throttled = asAwsError('SSM PutParameter', fault('ThrottlingException', 'client', 400))
    expect(throttled).toMatchObject({ name: 'AwsUnavailable', code: 'ThrottlingException' })
    expect(asAwsError('SSM PutParameter', new Error('connect ECONNREFUSED'))).toMatchObject({ code: null })
  })

  it("calls a client error of AWS refused, with AWS's code and the cause", () => {
    const cause = fault('AccessDeniedException', 'client', 400)
    const error = asAwsError('KMS Sign', cause)
    expect(error).toBeInstanceOf(AwsRefused)
    expect(error).toMatchObject({ code: 'AccessDeniedException', cause })
    expect(error.message).toBe('KMS Sign was refused: AccessDeniedException: the reason')
  })

  it('leaves our own errors as they are', () => {
    const refused = new AwsRefused('no', 'InvalidLabels')
    expect(asAwsError('again', refused)).toBe(refused)
  })
})
