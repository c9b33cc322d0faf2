import fc from 'fast-check'
import { expect, it } from 'vitest'
import { TopCounts } from './topCounts.ts'

const count = (capacity: number, adds: readonly (readonly [string, number])[]) => {
  const top = new TopCounts(capacity)
  for (const [name, n] of adds) top.add(name, n)
  return new Map(top)
}

it('counts exactly while all names fit', () => {
  expect(
    count(2, [
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ]),
  ).toEqual(
    new Map([
      ['a', 4],
      ['b', 2],
    ]),
  )
})

it('never says more than the truth, and finds each name that has more than its part of the whole', () => {
  const name = fc.integer({ min: 0, max: 30 }).map((n) => `n${Math.floor(Math.sqrt(n * n * n))}`)
  const adds = fc.array(fc.tuple(name, fc.integer({ min: 1, max: 50 })), { maxLength: 300 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), adds, (capacity, added) => {
      const truth = count(Number.POSITIVE_INFINITY, added)
      const top = count(capacity, added)
      const whole = added.reduce((sum, [, n]) => sum + n, 0)
      expect(top.size).toBeLessThanOrEqual(capacity)
      for (const [known, atLeast] of top) expect(atLeast).toBeLessThanOrEqual(truth.get(known) ?? 0)
      for (const [each, n] of truth) if (n > whole / capacity) expect(top.has(each)).toBe(true)
    }),
  )
})
