import { expect, it } from 'vitest'
import { RefusedMeters, SecondsMeter } from './meters.ts'

it('demand shows in the second in which it arrives, the rate in the next', () => {
  const meter = new SecondsMeter()
  meter.add(100, 30)
  expect(meter.perSecondSinceFirst(100, 30)).toBe(30)
  expect(meter.perSecond(100, 5)).toBe(0)
  expect(meter.perSecond(101, 5)).toBe(6)
})

it('demand shows its full rate at once after a start or a pause', () => {
  const meter = new SecondsMeter()
  for (let second = 100; second < 103; second++) meter.add(second, 30)
  expect(meter.perSecondSinceFirst(102, 30)).toBe(30)
  for (let second = 200; second < 203; second++) meter.add(second, 60)
  expect(meter.perSecondSinceFirst(202, 30)).toBe(60)
  expect(meter.perSecondSinceFirst(205, 30)).toBe(30)
})

it('a second counts until it leaves the window, also after all cells were reused', () => {
  const meter = new SecondsMeter()
  for (let second = 0; second < 100; second++) meter.add(second, 2)
  expect(meter.perSecond(100, 5)).toBe(2)
  expect(meter.perSecondSinceFirst(99, 30)).toBe(2)
  expect(meter.perSecondSinceFirst(114, 30)).toBe(1)
  expect(meter.perSecond(105, 5)).toBe(0)
  expect(meter.perSecondSinceFirst(500, 30)).toBe(0)
})

it('refusals are reported by reason, and reasons without refusals are left out', () => {
  const meters = new RefusedMeters()
  meters.add('rate', 10, 50)
  meters.add('rate', 11, 50)
  meters.add('label-name', 2, 10)
  expect(meters.perSecond(12)).toEqual({ rate: 20 })
})
