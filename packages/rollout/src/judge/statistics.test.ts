import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normal, type Random, randomFrom } from '../testing/random.ts'
import { designEffect } from './designEffect.ts'
import { normalUpperTail } from './normal.ts'
import { rankTest } from './rankTest.ts'
import { shapeTest } from './shapeTest.ts'

type Case = {
  name: string
  canary: number[]
  baseline: number[]
  u: number
  normalPValue: number
  exactPValue?: number
  ksStatistic: number
  ksExactPValue: number
}
type Scipy = { cases: Case[]; tails: { z: number; upperTail: number }[] }

/** Computed by the program and version that its `origin` names. */
const scipy = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/scipy.json'), 'utf8')) as Scipy

/** Almost 1, so that the normal approximation is used whatever the number of values. */
const approximated = 1 + 1e-12

describe.each(scipy.cases)('$name', (known) => {
  it('has the rank test of scipy', () => {
    const approximate = rankTest(known.canary, known.baseline, approximated)
    expect(approximate.u).toBe(known.u)
    expect(approximate.pValue / known.normalPValue).toBeCloseTo(1, 8)
    if (known.exactPValue === undefined) return
    expect(rankTest(known.canary, known.baseline).pValue).toBeCloseTo(known.exactPValue, 12)
  })

  it('has the shape test of scipy, and is too careful where it matters', () => {
    const { worseShare, pValue } = shapeTest(known.canary, known.baseline)
    expect(worseShare).toBeCloseTo(known.ksStatistic, 12)
    if (known.ksExactPValue > 0.04) return
    expect(pValue).toBeGreaterThan(known.ksExactPValue)
    if (known.ksExactPValue > 1e-12) expect(pValue).toBeLessThan(known.ksExactPValue * 2.8)
  })
})

it.each(scipy.tails)('the tail of the normal distribution above $z is that of scipy', ({ z, upperTail }) => {
  expect(normalUpperTail(z) / upperTail).toBeCloseTo(1, 10)
})

it('swapping the sides turns the effect around', () => {
  const values = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(values, values, (a, b) => {
      expect(rankTest(a, b).cliffsDelta).toBeCloseTo(-rankTest(b, a).cliffsDelta, 12)
    }),
  )
})

it('ranks, and nothing else, decide: any growing change of all values leaves both tests as they are', () => {
  const values = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 30 })
  fc.assert(
    fc.property(values, values, (a, b) => {
      const grown = (all: number[]) => all.map((value) => Math.round(value * 1e6) ** 3)
      const plain = (all: number[]) => all.map((value) => Math.round(value * 1e6))
      expect(rankTest(grown(a), grown(b))).toEqual(rankTest(plain(a), plain(b)))
      expect(shapeTest(grown(a), grown(b))).toEqual(shapeTest(plain(a), plain(b)))
    }),
  )
})

it('an exact probability is that of counting all ways to deal the values out', () => {
  const values = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(values, values, (a, b) => {
      const all = [...a, ...b]
      const { u } = rankTest(a, b)
      let least = 0
      let ways = 0
      for (let chosen = 0; chosen < 2 ** all.length; chosen++) {
        const own = all.filter((_, i) => (chosen >> i) & 1)
        if (own.length !== a.length) continue
        ways += 1
        const others = all.filter((_, i) => !((chosen >> i) & 1))
        if (pairsWon(own, others) >= u) least += 1
      }
      expect(rankTest(a, b).pValue).toBeCloseTo(least / ways, 12)
    }),
    { numRuns: 40 },
  )
})
const pairsWon = (a: number[], b: number[]) =>
  a.reduce((sum, x) => sum + b.filter((y) => x > y).length + b.filter((y) => x === y).length / 2, 0)

it('a test without values of one side is refused', () => {
  expect(() => rankTest([], [1])).toThrow('needs values of both sides')
  expect(() => shapeTest([1], [])).toThrow('needs values of both sides')
})

/** A first-order autoregression. */
function series(random: Random, correlation: number, length = 400): number[] {
  const values: number[] = []
  for (let i = 0; i < length; i++) {
    values.push(correlation * (values.at(-1) ?? 0) + Math.sqrt(1 - correlation ** 2) * normal(random))
  }
  return values
}

describe('how many values count as one', () => {
  const random = randomFrom(7)

  it.each([
    [0, 1, 1.3],
    [0.5, 2.2, 4],
    [0.8, 5.5, 14],
  ])('with a correlation of %f of neighbours it is from %f to %f', (correlation, least, most) => {
    const effect = designEffect(series(random, correlation), series(random, correlation))
    expect(effect).toBeGreaterThanOrEqual(least)
    expect(effect).toBeLessThanOrEqual(most)
  })

  it('traffic that both sides share does not make it larger', () => {
    const traffic = series(random, 0.95)
    const side = () => series(random, 0).map((value, i) => value + 3 * (traffic[i] as number))
    expect(designEffect(side(), side())).toBeLessThan(1.3)
  })

  it('a leak does not make it larger, and so does not hide itself', () => {
    const leak = series(random, 0).map((value, i) => value + i)
    expect(designEffect(leak, series(random, 0))).toBeLessThan(1.3)
  })

  it('is one without any change, and of almost no values', () => {
    expect(designEffect([5, 5, 5, 5, 5, 5], [5, 5, 5, 5, 5, 5])).toBe(1)
    expect(designEffect([1, 2, 3], [1, 2, 3])).toBe(1)
  })
})
