import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RecentEarliest } from './recentEarliest.ts'

const minute = 60_000

it('the earliest time of the last minutes is known, and forgotten when it was not added for ten', () => {
  const earliest = new RecentEarliest()
  expect(earliest.get(0)).toBeNull()
  earliest.add(null, 0)
  expect(earliest.get(0)).toBeNull()
  earliest.add(70, minute)
  earliest.add(50, 2 * minute)
  earliest.add(90, 3 * minute)
  expect(earliest.get(3 * minute)).toBe(50)
  earliest.add(90, 6 * minute)
  expect(earliest.get(6 * minute)).toBe(50)
  expect(earliest.get(10 * minute)).toBe(90)
  expect(earliest.get(21 * minute)).toBeNull()
})

it('whatever is added when, it is the earliest of at least the last five and at most the last ten minutes', () => {
  const added = fc.array(fc.record({ afterMs: fc.nat(4 * minute), time: fc.nat(1_000) }), { minLength: 1 })
  fc.assert(
    fc.property(added, fc.nat(12 * minute), (times, restMs) => {
      const earliest = new RecentEarliest()
      let nowMs = 0
      const log = times.map(({ afterMs, time }) => {
        nowMs += afterMs
        earliest.add(time, nowMs)
        return { atMs: nowMs, time }
      })
      nowMs += restMs
      const lowest = (lastMs: number) =>
        Math.min(...log.filter(({ atMs }) => atMs > nowMs - lastMs).map(({ time }) => time))
      const got = earliest.get(nowMs) ?? Number.POSITIVE_INFINITY
      expect(got).toBeLessThanOrEqual(lowest(5 * minute))
      expect(got).toBeGreaterThanOrEqual(lowest(10 * minute + 1))
    }),
  )
})
