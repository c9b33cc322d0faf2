import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allowedRatio } from './burn.ts'
import { type Window, windowSpan } from './calendar.ts'

const at = (time: string) => Date.parse(time) / 1_000
const iso = (seconds: number) => new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z')
const spanOf = (window: Window, now: string) => {
  const { startSeconds, endSeconds } = windowSpan(window, at(now))
  return { start: iso(startSeconds), end: iso(endSeconds), hours: (endSeconds - startSeconds) / 3_600 }
}

describe('a calendar window has the hours of the calendar', () => {
  it.each([
    ['Europe/Berlin', 'month', '2027-03-15T12:00:00Z', '2027-02-28T23:00:00Z', '2027-03-31T22:00:00Z', 743],
    ['Europe/Berlin', 'month', '2026-10-01T00:00:00Z', '2026-09-30T22:00:00Z', '2026-10-31T23:00:00Z', 745],
    ['UTC', 'month', '2027-03-15T12:00:00Z', '2027-03-01T00:00:00Z', '2027-04-01T00:00:00Z', 744],
    ['Europe/Berlin', 'week', '2027-03-28T21:59:59Z', '2027-03-21T23:00:00Z', '2027-03-28T22:00:00Z', 167],
    ['America/New_York', 'quarter', '2026-11-28T00:00:00Z', '2026-10-01T04:00:00Z', '2027-01-01T05:00:00Z', 2_209],
    ['Asia/Kolkata', 'month', '2026-12-31T18:30:00Z', '2026-12-31T18:30:00Z', '2027-01-31T18:30:00Z', 744],
    ['Pacific/Kiritimati', 'month', '2026-12-31T10:00:00Z', '2026-12-31T10:00:00Z', '2027-01-31T10:00:00Z', 744],
    // On the Friday of this week clocks go from 00:00 to 01:00.
    ['Africa/Cairo', 'week', '2023-04-28T12:00:00Z', '2023-04-23T22:00:00Z', '2023-04-30T21:00:00Z', 167],
    // Clocks go from 01:00 to 00:00 on the first day, so its midnight comes twice.
    ['America/Havana', 'month', '2026-11-10T12:00:00Z', '2026-11-01T04:00:00Z', '2026-12-01T05:00:00Z', 721],
  ] as const)('%s, %s of %s: %s to %s, %i h', (timeZone, calendar, now, start, end, hours) => {
    expect(spanOf({ calendar, timeZone }, now)).toEqual({ start, end, hours })
  })

  it.each([
    ['2027-03-15T12:00:00Z', 44.58],
    ['2026-10-15T12:00:00Z', 44.7],
  ])('so at 99.9 %% the month of %s in Berlin has a budget of %d min', (now, minutes) => {
    const { hours } = spanOf({ calendar: 'month', timeZone: 'Europe/Berlin' }, now)
    expect(allowedRatio(0.999) * hours * 60).toBeCloseTo(minutes, 10)
  })
})

it('windows follow each other without a gap, and each contains its times, in every zone', () => {
  const zones = [
    'Europe/Berlin',
    'America/Sao_Paulo',
    'Africa/Cairo',
    'Asia/Beirut',
    'America/Havana',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.constantFrom('week' as const, 'month' as const, 'quarter' as const),
      fc.integer({ min: at('2005-01-01T00:00:00Z'), max: at('2035-01-01T00:00:00Z') }),
      (timeZone, calendar, now) => {
        const window = { timeZone, calendar }
        const { startSeconds, endSeconds } = windowSpan(window, now)
        expect(startSeconds).toBeLessThanOrEqual(now)
        expect(endSeconds).toBeGreaterThan(now)
        expect(windowSpan(window, startSeconds)).toEqual({ startSeconds, endSeconds })
        expect(windowSpan(window, startSeconds - 1).endSeconds).toBe(startSeconds)
        expect(windowSpan(window, endSeconds).startSeconds).toBe(endSeconds)
        // The first second of a window, on the wall, is the first second of its day.
        const date = (seconds: number) => new Date(seconds * 1_000).toLocaleDateString('en-US', { timeZone })
        expect(date(startSeconds - 1)).not.toBe(date(startSeconds))
      },
    ),
    { numRuns: 150 },
  )
})
