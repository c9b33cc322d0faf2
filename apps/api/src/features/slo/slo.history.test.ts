import { burnRate, type Definition, type Step, workbookBurns } from '@tickwatch/slo'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countedSteps } from './slo.excluded.ts'
import { bucketSeconds, budgetNow, burnsNow, longestSteps, pointsOf } from './slo.history.ts'

const stepSeconds = 60
const asOfSeconds = Date.parse('2026-11-29T03:00:00Z') / 1_000
const policy: Pick<Definition, 'objective' | 'window' | 'alerting'> = {
  objective: 0.9,
  window: { days: 1 },
  alerting: { burns: workbookBurns.slice(0, 1), badEventsMin: 2 },
}
/** Ends with the newest step. */
const stepsOf = (events: readonly ([number, number] | null)[]): Step[] =>
  events.flatMap((event, i) =>
    event ? [{ endSeconds: asOfSeconds - (events.length - 1 - i) * 60, bad: event[0], total: event[1] }] : [],
  )
const chartOf = (steps: Step[]) => ({ policy, steps, counted: steps, excluded: [], asOfSeconds, stepSeconds })

it.each([
  [3_600, 60],
  [6 * 3_600, 120],
  [86_400, 300],
  [7 * 86_400, 3_600],
  [30 * 86_400, 10_800],
])('a chart of %i s has a point every %i s', (range, bucket) => {
  expect(bucketSeconds(range, 60)).toBe(bucket)
  expect(bucketSeconds(range, 7) % 7).toBe(0)
})

describe('the points of a chart', () => {
  it('have the events of each, and burn the budget down to what is left of it', () => {
    const steps = stepsOf([
      [0, 100],
      [5, 100],
      [0, 100],
      [5, 100],
    ])
    const chart = chartOf(steps)
    // Of 400 events 40 may be bad.
    const points = pointsOf(chart, { from: asOfSeconds - 240, to: asOfSeconds })
    expect(points.map(({ bad, total }) => [bad, total])).toEqual([
      [0, 100],
      [5, 100],
      [0, 100],
      [5, 100],
    ])
    expect(points.map(({ left }) => left)).toEqual([1, 0.875, 0.875, 0.75])
    expect(points.at(-1)?.left).toBe(budgetNow(chart).leftRatio)
  })

  it('show what was bad in maintenance, which burns no budget', () => {
    const steps = stepsOf([
      [0, 100],
      [50, 100],
      [5, 100],
    ])
    const excluded = [{ startSeconds: asOfSeconds - 120, endSeconds: asOfSeconds - 60 }]
    const counted = countedSteps(steps, excluded, stepSeconds)
    const chart = { ...chartOf(steps), counted, excluded }
    const points = pointsOf(chart, { from: asOfSeconds - 180, to: asOfSeconds })
    expect(points.map(({ bad }) => bad)).toEqual([0, 50, 5])
    // Of the 200 events that count 20 may be bad.
    expect(points.map(({ left }) => left)).toEqual([1, 1, 0.75])
    expect(points[1]?.burns[0]).toBeCloseTo(2.5, 9)
    expect(budgetNow(chart)).toMatchObject({ bad: 5, total: 200, leftRatio: 0.75, seconds: { excluded: 60 } })
  })

  it('have the highest burn of their own steps, not of those before the range, and none without traffic', () => {
    // The long window of the alert has two steps.
    const steps = stepsOf([
      [10, 10],
      [0, 10],
      [0, 10],
      [0, 0],
      [0, 0],
    ])
    const points = pointsOf(chartOf(steps), { from: asOfSeconds - 180, to: asOfSeconds })
    expect(points.map(({ burns }) => burns)).toEqual([[0], [0], [null]])
  })

  it('leaves a gap without data, and shows no traffic as no events', () => {
    const points = pointsOf(chartOf(stepsOf([[0, 10], null, [0, 0], [1, 10]])), {
      from: asOfSeconds - 240,
      to: asOfSeconds,
    })
    expect(points.map(({ total }) => total)).toEqual([10, null, 0, 10])
  })

  it('has no budget before the window began', () => {
    const steps = Array.from({ length: 1_450 }, (): [number, number] => [1, 100])
    const points = pointsOf(chartOf(stepsOf(steps)), { from: asOfSeconds - 1_450 * 60, to: asOfSeconds })
    expect(points[0]?.left).toBeNull()
    expect(points.at(-1)?.left).toBeCloseTo(0.9, 9)
  })

  it('never have a burn that is not that of a step in them, and have the highest', () => {
    const event = fc.option(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 5, max: 50 })), { freq: 8 })
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 400 }), (events) => {
        const steps = stepsOf(events)
        const range = { from: asOfSeconds - 400 * 60, to: asOfSeconds }
        const bucket = bucketSeconds(400 * 60, 60)
        const [alert] = [{ longSteps: 2 }]
        for (const { t, burns, bad } of pointsOf(chartOf(steps), range)) {
          const inside = steps.filter(({ endSeconds }) => endSeconds > t - bucket && endSeconds <= t)
          const each = inside.map(({ endSeconds }) => burnRate(steps, endSeconds, alert?.longSteps ?? 0, 0.9, 60) ?? 0)
          if (burns[0] === null) expect(each.every((burn) => burn === 0)).toBe(true)
          else expect(burns[0]).toBeCloseTo(Math.max(...each), 9)
          expect(bad ?? 0).toBe(inside.reduce((sum, step) => sum + step.bad, 0))
        }
      }),
      { numRuns: 50 },
    )
  })
})

it('compares the burn now with what each alert needs', () => {
  // 60 min of 30 days are 2 min of a day, 5 min are 1.
  expect(longestSteps(policy)).toBe(2)
  expect(
    burnsNow(
      chartOf(
        stepsOf([
          [0, 10],
          [2, 10],
          [6, 10],
        ]),
      ),
    ),
  ).toEqual([
    {
      ...{ severity: 'page', factor: 14.4, longSeconds: 120, shortSeconds: 60, badEvents: 8, badEventsMin: 2 },
      ...{ longBurn: expect.closeTo(4, 9), shortBurn: expect.closeTo(6, 9) },
    },
  ])
  expect(burnsNow(chartOf([]))[0]).toMatchObject({ longBurn: null, shortBurn: null, badEvents: 0 })
})
