import { AwsRefused, AwsUnavailable } from '@tickwatch/aws'
import { expect, it } from 'vitest'
import { callFault, failedAgain, retryAfterMs } from './callFaults.ts'

it.each<[AwsRefused | AwsUnavailable, needsPerson: boolean, why: string]>([
  [
    new AwsUnavailable('EC2 CreateLaunchTemplateVersion lt-1 failed: RequestLimitExceeded: slow down', {
      code: 'RequestLimitExceeded',
    }),
    false,
    `AWS throttles the calls of this account: EC2 CreateLaunchTemplateVersion lt-1 failed: RequestLimitExceeded: slow down. If it stays so, find out what else makes many calls, or ask AWS for a higher rate.`,
  ],
  [
    new AwsUnavailable('StartInstanceRefresh a failed', { code: 'ResourceContentionFault' }),
    false,
    `AWS is busy with another change: StartInstanceRefresh a failed. Wait until that has ended.`,
  ],
  [
    new AwsUnavailable('StartInstanceRefresh a failed: TimeoutError'),
    false,
    `AWS fails or does not answer: StartInstanceRefresh a failed: TimeoutError. If it stays so, see the log of the API.`,
  ],
  [
    new AwsRefused('StartInstanceRefresh a was refused.', 'LimitExceededFault'),
    true,
    `A limit of the account is reached: StartInstanceRefresh a was refused. Ask for a higher one in Service Quotas, or delete what nobody needs any more.`,
  ],
  [
    new AwsRefused('You may not. Encoded authorization failure message: abc', 'UnauthorizedOperation'),
    true,
    `AWS refuses a call: You may not. Give the API’s role this right.`,
  ],
  [new AwsRefused('no', 'ExpiredToken'), true, `AWS does not accept the credentials of the API: no. Renew them.`],
  [
    new AwsRefused('the alarm is not OK', 'ValidationError'),
    true,
    `AWS refuses a call: the alarm is not OK. Correct what it names.`,
  ],
])('%#: a fault is said with what to do', (error, needsPerson, why) => {
  const fault = callFault(error)
  expect(fault.why).toBe(why)
  expect(failedAgain(undefined, fault, 0).needsPerson).toBe(needsPerson)
})

it('a call that fails is made again after longer and longer, at most 30 s', () => {
  expect([1, 2, 3, 4, 5_000].map(retryAfterMs)).toEqual([5_000, 10_000, 20_000, 30_000, 30_000])
  const first = failedAgain(undefined, { kind: 'busy', why: 'x' }, 1_000)
  expect(first).toEqual({ why: 'x', needsPerson: false, times: 1, againAtMs: 6_000 })
  expect(failedAgain(first, { kind: 'busy', why: 'x' }, 6_000)).toMatchObject({ times: 2, againAtMs: 16_000 })
})
