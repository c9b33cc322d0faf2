import { expect, it } from 'vitest'
import { tryAll } from './tryAll.ts'

const odd = new Error('odd')
const run = async (items: number[]) => {
  const seen: number[] = []
  const done = tryAll(items, async (n) => {
    seen.push(n)
    if (n % 2 === 1) throw odd
  })
  return { seen, error: await done.catch((error: unknown) => error) }
}

it('runs each item, though one before it failed, and throws what failed', async () => {
  expect(await run([2, 4])).toEqual({ seen: [2, 4], error: undefined })
  expect(await run([1, 2])).toEqual({ seen: [1, 2], error: odd })
  expect(await run([1, 2, 3])).toEqual({
    seen: [1, 2, 3],
    error: new AggregateError([odd, odd], 'Error: odd; Error: odd'),
  })
})
