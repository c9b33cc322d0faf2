import { batchCallsMax } from '@tickwatch/policy'
import { expect, it } from 'vitest'
import { appRouter } from '../router.ts'
import { batchFault, costs } from './batch.ts'

const times = (count: number, path: string) => Array.from({ length: count }, () => path).join(',')

it.each([
  ['access.me', null],
  ['audit.verify', null],
  ['access.me,quota.current,usage.now,usage.history', null],
  [times(batchCallsMax, 'quota.current'), null],
  [times(batchCallsMax + 1, 'quota.current'), /^Send at most 20 calls/],
  [','.repeat(5_000), /^Send at most 20 calls/],
  [times(5, 'usage.preview'), /count as 25, and one request may have 20\. Send usage\.preview alone\.$/],
  ['access.me,audit.verify', /Send audit\.verify alone\.$/],
])('a batch of %s', (procedures, fault) => {
  if (fault === null) expect(batchFault(procedures)).toBeNull()
  else expect(batchFault(procedures)).toMatch(fault)
})

it('knows only procedures that there are', () => {
  expect(Object.keys(appRouter._def.procedures)).toEqual(expect.arrayContaining(Object.keys(costs)))
})
