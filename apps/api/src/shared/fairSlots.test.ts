import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { FairSlots, NoSlotInTime } from './fairSlots.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const begun: string[] = []
const ends: (() => void)[] = []
beforeEach(() => {
  begun.length = 0
  ends.length = 0
})
/** A work that runs until its `end`. */
const run = (slots: FairSlots, key: string) =>
  slots.run(key, async () => {
    begun.push(key)
    await new Promise<void>((end) => ends.push(end))
  })
const settled = () => vi.advanceTimersByTimeAsync(0)

it('a tenant alone gets half, and one that comes later finds a free slot at once', async () => {
  const slots = new FairSlots(6, 1_000)
  for (let i = 0; i < 20; i++) run(slots, 'noisy').catch(() => {})
  await settled()
  expect(begun).toEqual(['noisy', 'noisy', 'noisy'])
  void run(slots, 'quiet')
  await settled()
  expect(begun.at(-1)).toBe('quiet')
})

it('tenants that wait take turns, however many works one of them has waiting', async () => {
  const slots = new FairSlots(2, 1_000)
  const all = ['a', 'b', 'a', 'a', 'a', 'b', 'c'].map((key) => run(slots, key))
  while (begun.length < all.length) {
    await settled()
    ends.shift()?.()
  }
  await settled()
  for (const end of ends) end()
  await Promise.all(all)
  expect(begun.join('')).toBe('ababcaa')
})

it('a work that fails gives its slot back', async () => {
  const slots = new FairSlots(2, 1_000)
  await expect(slots.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await expect(slots.run('a', async () => 'yes')).resolves.toBe('yes')
})

it('nobody waits longer than the limit, and those behind still get their turn', async () => {
  const slots = new FairSlots(2, 1_000)
  const first = run(slots, 'a')
  const late = expect(run(slots, 'a')).rejects.toThrow(NoSlotInTime)
  await vi.advanceTimersByTimeAsync(999)
  const third = run(slots, 'a')
  await vi.advanceTimersByTimeAsync(1)
  await late
  ends[0]?.()
  await settled()
  expect(begun).toEqual(['a', 'a'])
  ends[1]?.()
  await Promise.all([first, third])
})
