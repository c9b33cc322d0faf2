import { AwsRefused, AwsUnavailable } from '@tickwatch/aws'
import { expect, it } from 'vitest'
import { NoSlotInTime } from './fairSlots.ts'
import { createAsk } from './storageAnswers.ts'

const asked = (fault: unknown) => createAsk('History is missing', { warn() {} })(() => Promise.reject(fault))

it.each([
  [new NoSlotInTime(), 'History is missing: too much of it is being read at the same time. Try again.'],
  [new AwsUnavailable('no answer'), 'History is missing: the metrics store does not answer right now.'],
  [new AwsRefused('unknown function', '422'), 'History is missing: the metrics store refused the query with 422.'],
])('says of %o what is missing and why', async (fault, missing) => {
  expect(await asked(fault)).toEqual({ value: null, missing })
})

it('does not hide a fault of ours', async () => {
  const fault = new TypeError('x is not a function')
  await expect(asked(fault)).rejects.toBe(fault)
})
