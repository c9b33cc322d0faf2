import type { Exclusion } from '@tickwatch/db'
import { groupKey, stepsWithin } from '@tickwatch/slo'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blocksOfCut, countedSteps, cutHas, cutsOf, excludedSpans, groupsOut, holdsAt, isOut } from './slo.excluded.ts'

const stepSeconds = 60
const at = (seconds: number) => new Date(seconds * 1_000)
const window = (from: number, to: number, more: Partial<Exclusion> = {}): Exclusion => ({
  ...{ sloId: null, labels: null, startsAt: at(from), until: at(to) },
  ...more,
})
const acme = { tenant_id: 'acme' }
const globex = { tenant_id: 'globex' }

it.each([
  ['before', 599, false],
  ['at its beginning', 600, true],
  ['at its end', 900, false],
])('a window holds %s: %s s is %s', (_when, seconds, holds) => {
  expect(holdsAt(window(600, 900), seconds * 1_000)).toBe(holds)
})

describe('the time that is excluded of a group', () => {
  it.each<[string, Exclusion[], string, Record<string, string> | null, [number, number][]]>([
    ['is in whole steps', [window(610, 890)], 'a', {}, [[600, 900]]],
    [
      'joins windows that overlap or touch',
      [window(900, 960), window(600, 700), window(650, 900)],
      'a',
      {},
      [[600, 960]],
    ],
    [
      'is that of its own SLO',
      [window(0, 60, { sloId: 'b' }), window(120, 180, { sloId: 'a' })],
      'a',
      {},
      [[120, 180]],
    ],
    ['is that of its own group', [window(0, 60, { sloId: 'a', labels: acme })], 'a', acme, [[0, 60]]],
    ['is not that of another group', [window(0, 60, { sloId: 'a', labels: acme })], 'a', globex, []],
    ['is not that of one group if it is all of them', [window(0, 60, { sloId: 'a', labels: acme })], 'a', null, []],
  ])('%s', (_what, windows, sloId, labels, spans) => {
    expect(excludedSpans(windows, sloId, labels, stepSeconds)).toEqual(
      spans.map(([startSeconds, endSeconds]) => ({ startSeconds, endSeconds })),
    )
  })
})

describe('windows that overlap in any way', () => {
  const groups = [
    { sloId: 'a', labels: acme },
    { sloId: 'a', labels: globex },
    { sloId: 'b', labels: {} },
  ]
  const about = fc.constantFrom<Partial<Exclusion>>(
    { sloId: null },
    { sloId: 'a' },
    { sloId: 'b' },
    { sloId: 'a', labels: acme },
    { sloId: 'a', labels: globex },
  )
  const windows = fc.array(
    fc
      .record({ about, from: fc.integer({ min: 0, max: 1_500 }), seconds: fc.integer({ min: 1, max: 700 }) })
      .map((one) => window(one.from, one.from + one.seconds, one.about)),
    { maxLength: 6 },
  )

  it('exclude each of their steps once, and no other', () => {
    fc.assert(
      fc.property(windows, (all) => {
        const cuts = cutsOf(all, stepSeconds)
        for (const group of groups) {
          let steps = 0
          for (let endSeconds = 60; endSeconds <= 2_400; endSeconds += 60) {
            // Each second of the step, in each window.
            const isExcluded = all.some(
              ({ sloId, labels, startsAt, until }) =>
                (sloId ?? group.sloId) === group.sloId &&
                groupKey(labels ?? group.labels) === groupKey(group.labels) &&
                Array.from({ length: 60 }, (_, i) => (endSeconds - 60 + i) * 1_000).some(
                  (ms) => ms >= startsAt.getTime() && ms < until.getTime(),
                ),
            )
            const inCuts = cuts.filter(
              (cut) => cutHas(cut, group) && cut.startSeconds < endSeconds && endSeconds <= cut.endSeconds,
            )
            expect(inCuts).toHaveLength(isExcluded ? 1 : 0)
            expect(isOut(all, { ...group, endSeconds }, stepSeconds)).toBe(isExcluded)
            steps += isExcluded ? 1 : 0
          }
          const spans = excludedSpans(all, group.sloId, group.labels, stepSeconds)
          const range = { startSeconds: 0, endSeconds: 2_400 }
          expect(stepsWithin(range, stepSeconds, spans).excluded).toBe(steps)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('are read in blocks of at most a day that cover what of a cut is in the range', () => {
    const day = 86_400
    const whole = { startSeconds: 0, endSeconds: 9 * day }
    expect(blocksOfCut({ startSeconds: 600, endSeconds: 2 * day + 60 }, whole, stepSeconds)).toEqual([
      { endSeconds: day, seconds: day - 600 },
      { endSeconds: 2 * day, seconds: day },
      { endSeconds: 2 * day + 60, seconds: 60 },
    ])
    const clipped = { startSeconds: 660, endSeconds: 1_200 }
    expect(blocksOfCut({ startSeconds: 600, endSeconds: 9 * day }, clipped, stepSeconds)).toEqual([
      { endSeconds: 1_200, seconds: 540 },
    ])
    expect(blocksOfCut({ startSeconds: 0, endSeconds: 60 }, clipped, stepSeconds)).toEqual([])
    // It still goes on, so its whole hours are read once, and its end again and again.
    const soFar = { startSeconds: 0, endSeconds: 2 * 3_600 + 120 }
    expect(blocksOfCut({ startSeconds: 600, endSeconds: 9 * day }, soFar, stepSeconds)).toEqual([
      { endSeconds: 3_600, seconds: 3_000 },
      { endSeconds: 7_200, seconds: 3_600 },
      { endSeconds: 7_320, seconds: 120 },
    ])
  })
})

describe('the steps that count', () => {
  const step = (endSeconds: number, bad: number, total: number) => ({ endSeconds, bad, total })
  const steps = [step(60, 1, 10), step(120, 2, 10), step(180, 3, 10)]
  it('are without those in a window', () => {
    expect(countedSteps(steps, [{ startSeconds: 60, endSeconds: 120 }], stepSeconds)).toEqual([steps[0], steps[2]])
    expect(countedSteps(steps, [], stepSeconds)).toBe(steps)
  })
  it('of all groups together are less by the groups that are in windows of their own', () => {
    const groups = [[step(120, 2, 4), step(240, 9, 9)], [step(120, 0, 1)]]
    expect(countedSteps(steps, [], stepSeconds, groups)).toEqual([steps[0], step(120, 0, 5), steps[2]])
  })
})

it('the groups with windows of their own are named once, with their time', () => {
  const windows = [
    window(0, 60, { sloId: 'a', labels: acme }),
    window(30, 120, { sloId: 'a', labels: acme }),
    window(0, 600, { sloId: 'a' }),
    window(0, 60, { sloId: 'b', labels: globex }),
  ]
  expect(groupsOut(windows, 'a', stepSeconds)).toEqual([
    { labels: acme, spans: [{ startSeconds: 0, endSeconds: 120 }] },
  ])
})
