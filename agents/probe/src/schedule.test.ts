import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Schedule, type Turn } from './schedule.ts'

it('each tenant is probed once in each interval, evenly spread, whenever the timer fires', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 60, maxLength: 100 }),
      (tenants, ticks) => {
        const schedule = new Schedule(tenants, 10_000)
        const turns: Turn[] = []
        let nowMs = 0
        for (const ms of ticks) {
          nowMs += ms
          turns.push(...schedule.due(nowMs))
        }
        expect(turns).toHaveLength(Math.floor((nowMs * tenants) / 10_000) + 1)
        expect(turns.map(({ tenant }) => tenant)).toEqual(turns.map((_, i) => i % tenants))
      },
    ),
  )
})

it('in each round a tenant gets the next gateway', () => {
  const schedule = new Schedule(2, 10_000)
  const turns = [0, 10_000, 20_000, 25_000].flatMap((ms) => schedule.due(ms))
  expect(turns.filter(({ tenant }) => tenant === 0).map(({ gateway }) => gateway)).toEqual([0, 1, 2])
  expect(turns.filter(({ tenant }) => tenant === 1).map(({ gateway }) => gateway)).toEqual([1, 2, 3])
})

it('after a pause each tenant is probed once, not once for each interval', () => {
  const schedule = new Schedule(3, 10_000)
  schedule.due(0)
  expect(
    schedule
      .due(1_000_000)
      .map(({ tenant }) => tenant)
      .toSorted(),
  ).toEqual([0, 1, 2])
  expect(schedule.due(1_000_000)).toEqual([])
})

it('without tenants nothing is due', () => {
  expect(new Schedule(0, 10_000).due(60_000)).toEqual([])
})
