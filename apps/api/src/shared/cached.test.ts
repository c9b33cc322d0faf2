import { expect, it, vi } from 'vitest'
import { createCache, keptFor } from './cached.ts'

it('reads once for all callers within the time, and again after it', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  let readings = 0
  const ask = keptFor(100, async () => ++readings)
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1])
  vi.advanceTimersByTime(99)
  expect(await ask()).toBe(1)
  vi.advanceTimersByTime(2)
  expect(await ask()).toBe(2)
  vi.useRealTimers()
})

it('forgets a failure', async () => {
  let fails = true
  const ask = keptFor(60_000, async () => {
    if (fails) throw new Error('away')
    return 'here'
  })
  await expect(ask()).rejects.toThrow('away')
  fails = false
  await expect(ask()).resolves.toBe('here')
})

it('keeps one answer per key, forgets all on request, and holds at most the given number of keys', async () => {
  let readings = 0
  const cache = createCache<number>(60_000, 2)
  const ask = (key: string) => cache.get(key, async () => ++readings)
  expect([await ask('a'), await ask('b'), await ask('a')]).toEqual([1, 2, 1])
  expect(await ask('c')).toBe(3)
  expect(await ask('a')).toBe(4)
  cache.clear()
  expect(await ask('a')).toBe(5)
})
