import { describe, expect, it } from 'vitest'
import { byUrgency, type Counted, type Figures, figuresOf, windowStart } from './slo.figures.ts'
import { type Counts, noCounts } from './slo.tallies.ts'

const stepSeconds = 60
const asOfSeconds = Date.parse('2026-11-29T03:00:00Z') / 1_000
const sli = { kind: 'ratio' as const, bad: 'bad_total', total: 'all_total' }
const days30 = { objective: 0.999, window: { days: 30 }, sli }
const month = { objective: 0.99, window: { calendar: 'month' as const, timeZone: 'UTC' }, sli }
const counts = (bad: number, total: number, steps: number): Counts => ({ ...noCounts, bad, total, steps })
const none = counts(0, 0, 0)
const all = 30 * 1_440
const counted = (more: Partial<Counted>): Counted => ({
  ...{ window: counts(0, 1_000_000, all), lastHour: counts(0, 1_000, 60), lastDataSeconds: asOfSeconds, asOfSeconds },
  excluded: { window: none, lastHour: none, seconds: 0 },
  ...more,
})
const figures = (more: Partial<Counted>, policy: Parameters<typeof figuresOf>[0] = days30) =>
  figuresOf(policy, counted(more), stepSeconds)

describe('the figures of a budget', () => {
  it.each([
    ['nothing was bad', counts(0, 1_000_000, all), 1],
    ['a quarter is used', counts(250, 1_000_000, all), 0.75],
    ['all is used', counts(1_000, 1_000_000, all), 0],
    ['twice as much is used', counts(2_000, 1_000_000, all), -1],
  ])('%s', (_name, window, leftRatio) => {
    expect(figures({ window }).leftRatio).toBeCloseTo(leftRatio, 9)
  })

  it('has the bad events by cause, and those of which nobody was told it as unknown, if the metric says causes', () => {
    const window = { ...counts(250, 1_000_000, all), told: { platform: 100, tenant: 0, aws: 40, unknown: 10 } }
    expect(figures({ window }).badByCause).toBeNull()
    const byCause = { ...days30, sli: { ...sli, causeLabel: 'reason' } }
    expect(figures({ window }, byCause).badByCause).toEqual({ platform: 100, tenant: 0, aws: 40, unknown: 110 })
  })

  it('does not call a budget full of which nothing is known', () => {
    expect(figures({ window: none, lastHour: none, lastDataSeconds: null })).toMatchObject({
      ...{ leftRatio: null, burn: null, lastsSeconds: null, state: 'unmeasured', measuredRatio: 0 },
    })
    expect(figures({ window: counts(0, 0, all), lastHour: counts(0, 0, 60) })).toMatchObject({
      ...{ leftRatio: null, burn: null, state: 'withoutTraffic', measuredRatio: 1 },
    })
  })

  it.each([
    ['measured', asOfSeconds, counts(0, 10, 60)],
    ['withoutTraffic', asOfSeconds, counts(0, 0, 60)],
    // 1 % of the budget of 43 min is less than the 5 steps that it waits at least.
    ['measured', asOfSeconds - 4 * 60, counts(0, 10, 56)],
    ['blind', asOfSeconds - 5 * 60, counts(0, 10, 55)],
    ['blind', null, none],
  ] as const)('is %s with the last data at %s', (state, lastDataSeconds, lastHour) => {
    expect(figures({ lastDataSeconds, lastHour }).state).toBe(state)
  })

  it('waits longer before it is blind if the budget is larger', () => {
    const loose = { ...days30, objective: 0.5 }
    expect(figures({ lastDataSeconds: asOfSeconds - 216 * 60 + 60 }, loose).state).not.toBe('blind')
    expect(figures({ lastDataSeconds: asOfSeconds - 216 * 60 }, loose).state).toBe('blind')
  })

  it('says how long the rest lasts if it burns on, and only if it does not last', () => {
    // Half is left of a budget of 30 days, and it burns 6 times too fast.
    const half = counts(500, 1_000_000, all)
    expect(figures({ window: half, lastHour: counts(6, 1_000, 60) })).toMatchObject({ burn: 6 })
    expect(figures({ window: half, lastHour: counts(6, 1_000, 60) }).lastsSeconds).toBeCloseTo(2.5 * 86_400, 3)
    expect(figures({ window: half, lastHour: counts(1, 1_000, 60) }).lastsSeconds).toBeNull()
    expect(figures({ window: counts(1_000, 1_000_000, all), lastHour: counts(6, 1_000, 60) }).lastsSeconds).toBe(0)
  })

  it('says of a calendar window whether it lasts to the end of it', () => {
    // On 29 November less than two days are left of the month.
    const tenth = counts(9_000, 1_000_000, 28 * 1_440)
    expect(figures({ window: tenth, lastHour: counts(10, 1_000, 60) }, month).lastsSeconds).toBeNull()
    expect(figures({ window: tenth, lastHour: counts(20, 1_000, 60) }, month).lastsSeconds).toBeCloseTo(1.5 * 86_400, 3)
  })

  it('says for which part of the window there is data', () => {
    expect(figures({ window: counts(0, 10, all / 2) }).measuredRatio).toBe(0.5)
  })

  it.each<[string, Partial<Counted>, Partial<Figures>]>([
    [
      'of half of the window does not need data of that half',
      {
        window: counts(0, 10, all / 2),
        excluded: { window: counts(9, 9, all / 2), lastHour: none, seconds: 15 * 86_400 },
      },
      { measuredRatio: 1, excludedSeconds: 15 * 86_400, bad: 0, leftRatio: 1, state: 'measured' },
    ],
    [
      'of the last hour leaves no burn, and is not an hour without traffic',
      { lastHour: none, excluded: { window: counts(9, 9, 60), lastHour: counts(9, 9, 60), seconds: 3_600 } },
      { burn: null, lastsSeconds: null, state: 'measured' },
    ],
    [
      'of all that has data leaves nothing that counts, and is not a window without data',
      {
        ...{ window: none, lastHour: none, lastDataSeconds: null },
        excluded: { window: counts(9, 9, 60), lastHour: none, seconds: 3_600 },
      },
      { leftRatio: null, state: 'blind', measuredRatio: 0 },
    ],
    [
      'of all of the window needs no data',
      {
        ...{ window: none, lastHour: none },
        excluded: { window: counts(0, 9, 9), lastHour: counts(0, 9, 9), seconds: 30 * 86_400 },
      },
      { leftRatio: null, burn: null, state: 'measured', measuredRatio: 1 },
    ],
  ])('maintenance %s', (_name, more, expected) => {
    expect(figures(more)).toMatchObject(expected)
  })
})

it.each([
  [{ days: 30 }, '2026-10-30T03:00:00Z'],
  [{ calendar: 'month' as const, timeZone: 'Europe/Berlin' }, '2026-10-31T23:00:00Z'],
])('the window %o begins at %s', (window, start) => {
  expect(windowStart(window, asOfSeconds, stepSeconds)).toBe(Date.parse(start) / 1_000)
})

it('orders what fires before what runs out, that before what has little left, and what is unknown last', () => {
  const of = (name: string, more: Partial<Figures>, severity?: 'page' | 'ticket' | 'blind') => ({
    name,
    figures: { ...figures({}), ...more },
    firing: severity ? [{ severity }] : [],
  })
  const rows = [
    { name: 'unknown', figures: null, firing: [] },
    of('full', { leftRatio: 1 }),
    of('little', { leftRatio: 0.1 }),
    of('overspent', { leftRatio: -1 }),
    of('runs out in a day', { leftRatio: 0.5, lastsSeconds: 86_400 }),
    of('runs out in an hour', { leftRatio: 0.5, lastsSeconds: 3_600 }),
    of('is blind', { leftRatio: 1 }, 'blind'),
    of('has a ticket', { leftRatio: 1 }, 'ticket'),
    of('pages', { leftRatio: 1 }, 'page'),
    of('b, also full', { leftRatio: 1 }),
  ]
  expect(rows.sort(byUrgency).map(({ name }) => name)).toEqual([
    ...['pages', 'has a ticket', 'is blind', 'runs out in an hour', 'runs out in a day'],
    ...['overspent', 'little', 'b, also full', 'full', 'unknown'],
  ])
})
