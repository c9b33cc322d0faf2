import { expect, it, vi } from 'vitest'
import { keptFor } from './cached.ts'

it('reads once for all who ask within the time, and anew after it', async () => {
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

it('keeps no failure', async () => {
  let fails = true
  const ask = keptFor(60_000, async () => {
    if (fails) throw new Error('away')
    return 'here'
  })
  await expect(ask()).rejects.toThrow('away')
  fails = false
  await expect(ask()).resolves.toBe('here')
})
