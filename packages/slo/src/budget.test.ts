import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BudgetInput, budgetOf, burnRate, measurementAt, settledUntil } from './budget.ts'
import { type Span, windowSpan } from './calendar.ts'
import type { Step } from './steps.ts'

const stepSeconds = 60
const day = 86_400
const now = Date.parse('2026-11-28T12:00:00Z') / 1_000
const at = (time: string) => Date.parse(time) / 1_000

/** Steps that end one after the other, the last one now. */
const until = (end: number, events: readonly (readonly [bad: number, total: number] | null)[]): Step[] =>
  events.flatMap((each, i) =>
    each ? [{ endSeconds: end - (events.length - 1 - i) * stepSeconds, bad: each[0], total: each[1] }] : [],
  )
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

const budget = (steps: readonly Step[], more: Partial<BudgetInput> = {}) =>
  budgetOf({
    steps,
    objective: 0.99,
    window: { days: 30 },
    nowSeconds: now,
    stepSeconds,
    settledUntilSeconds: settledUntil(now, stepSeconds),
    excluded: [],
    ...more,
  })

describe('a budget', () => {
  it('is whole if one step had no request among thousands of good ones: 0 of 0 is not NaN', () => {
    const found = budget(until(now, [...times(8_639, [0, 5] as const), [0, 0]]))
    expect(found).toMatchObject({ bad: 0, total: 43_195, leftRatio: 1, seconds: { withoutTraffic: 60 } })
    // JSON has null for what is not a number.
    expect(JSON.stringify({ ...found, expected: 0 })).not.toContain('null')
  })

  it('is weighted by events: 5 bad of 10 in a quiet step are not as much as 0 of 1,000 in a busy one', () => {
    const { bad, total, leftRatio } = budget(
      until(now, [
        [0, 1_000],
        [5, 10],
      ]),
      { objective: 0.99 },
    )
    expect(bad / total).toBeCloseTo(0.00495, 5)
    expect(leftRatio).toBeCloseTo(1 - 0.495, 3)
  })

  it.each([
    ['without an event', [], 1],
    ['that is used up', times(100, [1, 100] as const), 0],
    ['that is used twice', times(100, [2, 100] as const), -1],
    ['of events whose parts are counted a step apart', [[3, 2] as const], -99],
  ])('%s has the right rest', (_, events, left) => {
    expect(budget(until(now, events)).leftRatio).toBeCloseTo(left, 10)
  })

  it('of a calendar month says what is left of the traffic so far, and of the traffic to expect', () => {
    const nowSeconds = at('2026-11-08T00:00:00Z')
    const week = times(7 * 1_440, [0, 0] as [number, number])
    week[100] = [700, 100_000]
    const found = budget(until(nowSeconds, week), { window: { calendar: 'month', timeZone: 'UTC' }, nowSeconds })
    expect(found.leftRatio).toBeCloseTo(0.3, 10)
    expect(found.expected?.total).toBeCloseTo(428_571, 0)
    expect(found.expected?.leftRatio).toBeCloseTo(0.837, 3)
  })

  it('does not count excluded maintenance, neither its bad time nor its time', () => {
    const minutes = times(7 * 1_440, [0, 1] as readonly [number, number]).map((step, i) =>
      i < 60 ? ([1, 1] as const) : step,
    )
    // An outage in the maintenance is excluded with it.
    const maintenance = { startSeconds: now - 2 * day, endSeconds: now - day }
    const steps = until(now, minutes).map((step) =>
      step.endSeconds > maintenance.startSeconds && step.endSeconds <= maintenance.endSeconds
        ? { ...step, bad: 1 }
        : step,
    )
    const found = budget(steps, { window: { days: 7 }, excluded: [maintenance] })
    expect(found).toMatchObject({ bad: 60, total: 8_640, seconds: { excluded: day, withoutData: 0 } })
    expect(found.bad / found.total).toBeCloseTo(0.00694, 5)
    expect(found.allowedSeconds).toBeCloseTo(0.01 * 6 * day, 6)
  })

  it('waits while there is no data, and says for how long', () => {
    const before = budget(until(now - 600, times(100, [1, 100] as const)), { nowSeconds: now - 600 })
    const blind = budget(until(now - 600, times(100, [1, 100] as const)))
    expect(blind.leftRatio).toBe(before.leftRatio)
    expect(blind.seconds.withoutData - before.seconds.withoutData).toBe(0)
    expect(blind.seconds.withoutData).toBe(30 * day - 100 * 60)
  })

  it('is settled an hour after a step, when AMP accepts no more samples of it', () => {
    expect(settledUntil(now, stepSeconds)).toBe(now - 3_660)
    const { provisional, settledUntilSeconds } = budget(until(now, times(120, [1, 100] as const)))
    expect(settledUntilSeconds).toBe(now - 3_660)
    expect(provisional).toEqual({ bad: 61, total: 6_100 })
  })
})

describe('budgets of any history', () => {
  const event = fc.option(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 100 })), { freq: 4 })
  const excluded = fc.array(
    fc.record({
      startSeconds: fc.integer({ min: now - 2 * day, max: now + day }),
      length: fc.integer({ min: 0, max: 7_200 }),
    }),
    { maxLength: 4 },
  )
  it('equal those of a count of each step by itself', () => {
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 1, maxLength: 200 }),
        fc.constantFrom({ days: 1 } as const, { calendar: 'week', timeZone: 'Europe/Berlin' } as const),
        excluded,
        fc.integer({ min: 0, max: 59 }),
        (events, window, spans, phase) => {
          const nowSeconds = now + phase
          const maintenance: Span[] = spans.map(({ startSeconds, length }) => ({
            startSeconds,
            endSeconds: startSeconds + length,
          }))
          const steps = until(now, events)
          const found = budget(steps, { window, nowSeconds, excluded: maintenance })
          const { startSeconds, endSeconds } = windowSpan(window, nowSeconds)
          const brute = { bad: 0, total: 0, withoutData: 0, withoutTraffic: 0, measured: 0, excluded: 0, allowed: 0 }
          for (let end = (Math.floor(startSeconds / 60) + 1) * 60; end <= endSeconds; end += 60) {
            const out = maintenance.some((span) =>
              Array.from({ length: 60 }, (_, i) => end - 60 + i).some(
                (second) => second >= span.startSeconds && second < span.endSeconds,
              ),
            )
            if (!out) brute.allowed += 0.6
            if (end > nowSeconds) continue
            const step = steps.find(({ endSeconds }) => endSeconds === end)
            if (out) brute.excluded += 60
            else if (!step) brute.withoutData += 60
            else {
              brute.bad += step.bad
              brute.total += step.total
              if (step.total === 0) brute.withoutTraffic += 60
              else brute.measured += 60
            }
          }
          const { allowed, ...counts } = brute
          expect({ bad: found.bad, total: found.total, ...found.seconds }).toEqual(counts)
          expect(found.allowedSeconds).toBeCloseTo(allowed, 6)
          for (const number of [found.leftRatio, found.expected?.leftRatio ?? 0, found.allowed])
            expect(number).not.toBeNaN()
        },
      ),
      { numRuns: 15 },
    )
  })
})

describe('the burn rate', () => {
  it.each([
    ['as the objective allows', times(5, [1, 100] as const), 1],
    ['14.4 times as fast', times(5, [144, 1_000] as const), 14.4],
    ['of an outage', times(5, [7, 7] as const), 100],
    ['without traffic is unknown', times(5, [0, 0] as const), null],
    ['without data is unknown', [], null],
  ])('%s', (_, events, rate) => {
    const found = burnRate(until(now, [...times(60, [9, 9] as const), ...events]).slice(60), now, 5, 0.99, stepSeconds)
    if (rate === null) expect(found).toBeNull()
    else expect(found).toBeCloseTo(rate, 10)
  })
})

it.each([
  ['has data', until(now, [[0, 3]]), 'measured', now],
  ['has data and no traffic', until(now, [[0, 0]]), 'withoutTraffic', now],
  ['misses a scrape or two', until(now - 180, [[0, 3]]), 'measured', now - 180],
  ['has no data for longer than 1 % of its budget', until(now - 300, [[0, 3]]), 'blind', now - 300],
  ['never had data', [], 'blind', null],
])('an SLO that %s', (_, steps, state, lastDataSeconds) => {
  const policy = { objective: 0.99, window: { days: 30 } }
  expect(measurementAt(steps, now, policy, stepSeconds)).toEqual({ state, lastDataSeconds })
})
