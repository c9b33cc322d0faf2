import fc from 'fast-check'
import { expect, it } from 'vitest'
import { spentParts } from './spent.ts'

const none = { platform: 0, tenant: 0, aws: 0, unknown: 0 }
const parts = (leftRatio: number | null, byCause: Partial<typeof none> | null) =>
  spentParts({ leftRatio, badByCause: byCause && { ...none, ...byCause } }).map(({ words, ratio }) => [words, ratio])

it.each<[string, Parameters<typeof parts>, ReturnType<typeof parts>]>([
  [
    'of each cause what it spent',
    [0.6, { aws: 30, platform: 10 }],
    [
      ['platform', 0.1],
      ['AMP or AWS', 0.3],
    ],
  ],
  ['what nobody knows the cause of', [0.5, { unknown: 7 }], [['not known', 0.5]]],
  [
    'more than the budget, if it is overspent',
    [-1, { tenant: 1, aws: 1 }],
    [
      ['tenant', 1],
      ['AMP or AWS', 1],
    ],
  ],
  ['nothing, if nothing was bad', [1, {}], []],
  ['nothing, if the metric does not say causes', [0.5, null], []],
  ['nothing, if nothing counts', [null, {}], []],
])('a bar has %s', (_what, of, expected) => {
  const shown = parts(...of)
  expect(shown.map(([words]) => words)).toEqual(expected.map(([words]) => words))
  for (const [i, [, ratio]] of shown.entries()) expect(ratio).toBeCloseTo(Number(expected[i]?.[1]), 12)
})

it('the parts always add up to what was spent', () => {
  const count = fc.double({ min: 0, max: 1e9, noNaN: true })
  const byCause = fc.record({ platform: count, tenant: count, aws: count, unknown: count })
  fc.assert(
    fc.property(fc.double({ min: -1_000, max: 1, noNaN: true }), byCause, (leftRatio, badByCause) => {
      const shown = spentParts({ leftRatio, badByCause })
      fc.pre(shown.length > 0)
      expect(shown.reduce((sum, { ratio }) => sum + ratio, 0)).toBeCloseTo(1 - leftRatio, 6)
    }),
  )
})
