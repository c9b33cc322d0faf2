import { describe, expect, it } from 'vitest'
import { blindSteps, burnAlerts, workbookBurns } from './burn.ts'
import { windowDays } from './calendar.ts'

const alerting = { burns: workbookBurns, badEventsMin: 10 }

describe('the alerts of a window', () => {
  it('of 30 days are those of the workbook', () => {
    const alerts = burnAlerts({ objective: 0.999, window: { days: 30 }, alerting })
    expect(
      alerts.map(({ severity, badRatio, longSteps, shortSteps }) => [severity, badRatio, longSteps, shortSteps]),
    ).toEqual([
      ['page', 0.0144, 60, 5],
      ['page', 0.006, 360, 30],
      ['ticket', 0.003, 1_440, 120],
      ['ticket', 0.001, 4_320, 360],
    ])
  })

  it.each([1, 7, 28, 30, 90])(
    'of %i days have its factors and scaled windows, so that 2, 5, 10 and 10 %% of the budget are used',
    (days) => {
      const used = burnAlerts({ objective: 0.999, window: { days }, alerting }).map(
        ({ factor, longSteps }) => (factor * longSteps) / (days * 1_440),
      )
      for (const [i, part] of [0.02, 0.05, 0.1, 0.1].entries()) {
        expect(used[i]).toBeGreaterThanOrEqual(part - 1e-12)
        // A window is a whole number of steps.
        expect(used[i]).toBeLessThan(part + 14.4 / (days * 1_440))
      }
      expect(burnAlerts({ objective: 0.999, window: { days }, alerting }).map(({ factor }) => factor)).toEqual([
        14.4, 6, 3, 1,
      ])
    },
  )

  it.each([
    [{ days: 14 }, 14],
    [{ calendar: 'week', timeZone: 'UTC' }, 7],
    [{ calendar: 'month', timeZone: 'UTC' }, 30],
    [{ calendar: 'quarter', timeZone: 'UTC' }, 90],
  ] as const)('%j counts as %i days', (window, days) => {
    expect(windowDays(window)).toBe(days)
  })
})

it.each([
  [0.9, 30, 44],
  [0.99, 30, 5],
  [0.95, 90, 65],
  [0.999, 1, 5],
])(
  'an SLO of %d over %i days is blind after %i steps without data: 1 %% of its budget, and at least 5',
  (objective, days, steps) => {
    expect(blindSteps({ objective, window: { days } })).toBe(steps)
  },
)
