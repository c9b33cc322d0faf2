import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { FairSlots, NoSlotInTime } from './fairSlots.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

class Away extends Error {}
const isAway = (cause: unknown) => cause instanceof Away

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
  const slots = new FairSlots(6, 1_000, isAway)
  for (let i = 0; i < 20; i++) run(slots, 'noisy').catch(() => {})
  await settled()
  expect(begun).toEqual(['noisy', 'noisy', 'noisy'])
  void run(slots, 'quiet')
  await settled()
  expect(begun.at(-1)).toBe('quiet')
})

it('tenants that wait take turns, however many works one of them has waiting', async () => {
  const slots = new FairSlots(2, 1_000, isAway)
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
  const slots = new FairSlots(2, 1_000, isAway)
  await expect(slots.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await expect(slots.run('a', async () => 'yes')).resolves.toBe('yes')
})

it('nobody waits longer than the limit, and those behind still get their turn', async () => {
  const slots = new FairSlots(2, 1_000, isAway)
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

it.each([
  ['the works of all tenants that wait end unbegun, if nothing was answered meanwhile', false],
  ['only those of the tenant itself end unbegun, if others were answered', true],
])('when a work finds that it gets no answer, %s', async (_, isAnswered) => {
  const slots = new FairSlots(4, 1_000, isAway)
  const away = new Away('no answer')
  const { promise, reject } = Promise.withResolvers<void>()
  const failing = slots.run('a', () => promise)
  if (isAnswered) await slots.run('b', async () => {})
  const others = ['b', 'c', 'd'].map((key) => run(slots, key))
  const [own, another] = [run(slots, 'a'), run(slots, 'e')]
  const ended = Promise.all([
    expect(failing).rejects.toBe(away),
    expect(own).rejects.toBe(away),
    isAnswered ? expect(another).resolves.toBeUndefined() : expect(another).rejects.toBe(away),
  ])
  reject(away)
  await settled()
  expect(begun).toEqual(isAnswered ? ['b', 'c', 'd', 'e'] : ['b', 'c', 'd'])
  for (const end of ends) end()
  await Promise.all([ended, ...others])
})
