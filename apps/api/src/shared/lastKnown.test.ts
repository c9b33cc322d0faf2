import { DatabaseUnavailable } from '@tickwatch/db'
import { expect, it } from 'vitest'
import { createLastKnown } from './lastKnown.ts'

const away = new DatabaseUnavailable('Postgres does not answer')

it('answers with what it read last while Postgres is away, and with something new when it is back', async () => {
  const answers: (string | Error)[] = ['first', away, 'second']
  let reads = 0
  const known = createLastKnown(0, async () => {
    const answer = answers[reads++] ?? expect.fail('read too often')
    if (answer instanceof Error) throw answer
    return answer
  })
  const first = await known.read(false)
  expect(first).toMatchObject({ value: 'first', isOld: false })
  expect(await known.read(false)).toEqual({ ...first, isOld: true })
  // The same request had no answer a moment ago, so it does not wait again.
  expect(await known.read(true)).toEqual({ ...first, isOld: true })
  expect(reads).toBe(2)
  expect(await known.read(false)).toMatchObject({ value: 'second', isOld: false })
})

it('fails if it never had an answer, and with every other fault', async () => {
  const never = createLastKnown(0, async () => Promise.reject(away))
  await expect(never.read(true)).rejects.toBe(away)
  const fault = new Error('a fault of ours')
  let fails = false
  const known = createLastKnown(0, async () => (fails ? Promise.reject(fault) : 'read'))
  await known.read(false)
  fails = true
  await expect(known.read(false)).rejects.toBe(fault)
})
