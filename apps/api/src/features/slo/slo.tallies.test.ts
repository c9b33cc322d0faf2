import { noCauses } from '@tickwatch/slo'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blockSizes, blocksOf, readTallies, sumTallies, tallyKey, together } from './slo.tallies.ts'

const series = (event: string, value: number | null, labels: Record<string, string> = {}) => ({
  labels: { tenant: 'tickwatch', slo: 'freshness', event, ...labels },
  points: [[0, value]] as [number, number | null][],
})
const key = (labels: Record<string, string> = {}) => tallyKey('freshness', labels)

describe('tallies', () => {
  it('has the events of each group, and in how many steps it had data', () => {
    const acme = { tenant_id: 'acme' }
    const tallies = readTallies([
      series('bad', 2, acme),
      series('total', 100, acme),
      series('steps', 60, acme),
      series('total', 7),
      series('bad', null),
      series('other', 1),
    ])
    expect([...tallies]).toEqual([
      [key(acme), { sloId: 'freshness', labels: acme, bad: 2, total: 100, steps: 60, told: noCauses }],
      [key(), { sloId: 'freshness', labels: {}, bad: 0, total: 7, steps: 0, told: noCauses }],
    ])
  })

  it('has the bad events by cause, which no other event has in it', () => {
    const tallies = readTallies([
      ...[series('bad', 10), series('total', 100), series('bad:upstream', 4)],
      ...[series('bad:fault', 2), series('bad:not-ready', 1), series('bad:', 3), series('bad:rate', null)],
    ])
    const told = { platform: 3, tenant: 0, aws: 4, unknown: 3 }
    expect(tallies.get(key())).toMatchObject({ bad: 10, total: 100, told })
    expect(sumTallies([tallies, tallies]).get(key())?.told).toEqual({ platform: 6, tenant: 0, aws: 8, unknown: 6 })
    expect(tallies.get(key())?.told).toEqual(told)
    expect(together([...tallies.values(), ...tallies.values()]).told).toMatchObject({ aws: 8 })
  })

  it('adds up parts, also if a group is only in one, and does not change the parts', () => {
    const first = readTallies([series('bad', 2), series('total', 10)])
    const second = readTallies([series('bad', 3), series('total', 20), series('total', 5, { zone: 'a' })])
    const sum = sumTallies([first, second])
    expect(sum.get(key())).toMatchObject({ bad: 5, total: 30 })
    expect(sum.get(key({ zone: 'a' }))).toMatchObject({ bad: 0, total: 5 })
    expect(first.get(key())).toMatchObject({ bad: 2, total: 10 })
    expect(together([...sum.values()])).toMatchObject({ bad: 5, total: 35 })
  })
})

describe('blocks', () => {
  it('cuts 30 days into whole days, whole hours and the ends', () => {
    const end = Date.parse('2026-11-29T03:25:00Z') / 1_000
    const blocks = blocksOf(end - 30 * 86_400, end, 60)
    const sizes = blocks.map(({ seconds }) => seconds)
    expect(sizes).toEqual([35 * 60, ...Array(20).fill(3_600), ...Array(29).fill(86_400), 3_600, 3_600, 3_600, 25 * 60])
  })

  it('has each step once, whatever the time and the step', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(2, 5, 7, 15, 60),
        fc.integer({ min: 0, max: 100_000 }),
        fc.integer({ min: 0, max: 20_000 }),
        (step, first, count) => {
          const [start, end] = [first * step, (first + count) * step]
          let at = start
          for (const { endSeconds, seconds } of blocksOf(start, end, step)) {
            expect(endSeconds - seconds).toBe(at)
            expect(seconds).toBeGreaterThan(0)
            expect(seconds % step).toBe(0)
            expect(seconds).toBeLessThanOrEqual(blockSizes(step).large)
            at = endSeconds
          }
          expect(at).toBe(end)
        },
      ),
    )
  })
})
