import { type Window, windowDays } from './calendar.ts'
import { blindStepsMin, type Severity, stepSecondsDefault } from './names.ts'

/**
 * An alert on the burn rate: it fires while the budget burns at least `factor` times as fast as the objective allows, in
 * the last `longMinutes` and also in the last `shortMinutes`. Both are those of a window of 30 days, and scale with it.
 */
export type Burn = { severity: Severity; factor: number; longMinutes: number; shortMinutes: number }

/** When the alerts of an SLO fire. A burn alert waits until its long window has `badEventsMin` bad events. */
export type Alerting = { burns: readonly Burn[]; badEventsMin: number }

/** What of a definition the alerts depend on. */
export type AlertPolicy = { objective: number; window: Window; alerting: Alerting }

/**
 * Site Reliability Workbook, chapter 5, table 5-8: they fire when 2, 5, 10 and 10 % of the budget of 30 days are used.
 * The short window, a twelfth of the long one, ends the alert soon after the burning has ended.
 */
export const workbookBurns: readonly Burn[] = [
  { severity: 'page', factor: 14.4, longMinutes: 60, shortMinutes: 5 },
  { severity: 'page', factor: 6, longMinutes: 360, shortMinutes: 30 },
  { severity: 'ticket', factor: 3, longMinutes: 1_440, shortMinutes: 120 },
  { severity: 'ticket', factor: 1, longMinutes: 4_320, shortMinutes: 360 },
]

/** The days of the window for which a burn's minutes are written. */
export const burnDays = 30

/** The part of events that may be bad, without the noise of a float: 0.001 for an objective of 0.999. */
export const allowedRatio = (objective: number): number => rounded(1 - objective)

const rounded = (value: number): number => Number(value.toPrecision(12))

/** A burn alert as the rules and the replay use it. */
export type BurnAlert = {
  severity: Severity
  factor: number
  longSteps: number
  shortSteps: number
  /** It fires while more than this part of the events of both windows is bad. */
  badRatio: number
  /** And while the long window has at least this many bad events. */
  badEventsMin: number
}

/** The steps of a window of `minutes`, written for 30 days, for an SLO of `days`. A minute is one step. */
export const scaledSteps = (minutes: number, days: number): number => Math.ceil(rounded((minutes * days) / burnDays))

/** The alerts of an SLO. The windows are scaled to its window and the factors are not, so that the same part of the budget is used. */
export function burnAlerts({ objective, window, alerting }: AlertPolicy): BurnAlert[] {
  const days = windowDays(window)
  return alerting.burns.map(({ severity, factor, longMinutes, shortMinutes }) => ({
    severity,
    factor,
    longSteps: scaledSteps(longMinutes, days),
    shortSteps: scaledSteps(shortMinutes, days),
    badRatio: rounded(factor * allowedRatio(objective)),
    badEventsMin: alerting.badEventsMin,
  }))
}

/**
 * For how many steps an SLO has no data before it is blind: the time in which an outage would use 1 % of its budget, and at
 * least {@link blindStepsMin}.
 */
export function blindSteps({ objective, window }: Omit<AlertPolicy, 'alerting'>): number {
  const steps = (windowDays(window) * 86_400) / stepSecondsDefault
  return Math.max(blindStepsMin, Math.ceil(rounded(0.01 * allowedRatio(objective) * steps)))
}
