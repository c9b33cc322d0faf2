import { expect, it } from 'vitest'
import { repeat, retry } from './repeat.ts'

const minute = 60_000

it('tries until it succeeds, and reports each failure', async () => {
  const failures: unknown[] = []
  let tries = 0
  const work = async () => {
    tries += 1
    if (tries < 3) throw new Error(`try ${tries}`)
    return 'done'
  }
  expect(await retry(1, new AbortController().signal, work, (err) => failures.push(err))).toBe('done')
  expect(failures).toEqual([new Error('try 1'), new Error('try 2')])
})

it('does not rest once the process ends', async () => {
  const ending = new AbortController()
  const failed = () => ending.abort()
  expect(await retry(minute, ending.signal, () => Promise.reject(new Error('away')), failed)).toBeNull()
  const repeating = new AbortController()
  let runs = 0
  await repeat(minute, repeating.signal, async () => {
    runs += 1
    repeating.abort()
  })
  expect(runs).toBe(1)
})
