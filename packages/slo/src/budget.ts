import { type AlertPolicy, allowedRatio, blindSteps } from './burn.ts'
import { type Span, type Window, windowSpan } from './calendar.ts'
import { delaySeconds } from './names.ts'
import { isExcluded, type Step } from './steps.ts'

/** AMP refuses samples that are older (`Service quotas`, ingestion). So nothing before can change any more. */
export const sampleAgeSecondsMax = 3_600

/** The end of the newest step that is final once it was counted again after this time. */
export const settledUntil = (nowSeconds: number, stepSeconds: number): number =>
  Math.floor((nowSeconds - sampleAgeSecondsMax - delaySeconds(stepSeconds)) / stepSeconds) * stepSeconds

export type Budget = {
  /** The window. That of the calendar ends in the future. */
  span: Span
  /** Events of its steps so far, without the excluded ones. */
  bad: number
  total: number
  /** The bad events that the traffic so far allows. */
  allowed: number
  /** What is left of them: 1 if none was bad, 0 if all are used, negative if there were more. 1 without traffic. */
  leftRatio: number
  /** The same for the traffic that a calendar window will have if it goes on as so far. Null for a rolling window. */
  expected: { total: number; allowed: number; leftRatio: number } | null
  /** Of the window without the excluded time, what may be bad if bad is a part of the time. */
  allowedSeconds: number
  /** The end of the newest settled step. Later ones may still change. */
  settledUntilSeconds: number
  /** The part of `bad` and `total` that may still change. */
  provisional: { bad: number; total: number }
  /** The window so far. What is without data does not count: the budget waits. Its sum is the time so far, in whole steps. */
  seconds: { measured: number; withoutTraffic: number; withoutData: number; excluded: number }
}

export type BudgetInput = {
  /** Sorted or not; those outside the window are ignored. */
  steps: readonly Step[]
  objective: number
  window: Window
  nowSeconds: number
  stepSeconds: number
  /** Steps that end later are provisional: the newest one that was counted again. */
  settledUntilSeconds: number
  /** Approved maintenance. It leaves the bad events and the total, so it makes no budget larger. */
  excluded: readonly Span[]
}

/** The budget of one group: a sum of events, whatever traffic each step had. It is never NaN. */
export function budgetOf({
  steps,
  objective,
  window,
  nowSeconds,
  stepSeconds,
  settledUntilSeconds,
  excluded,
}: BudgetInput): Budget {
  const span = windowSpan(window, nowSeconds)
  const counted = { bad: 0, total: 0 }
  const provisional = { bad: 0, total: 0 }
  let measured = 0
  let withoutTraffic = 0
  for (const { endSeconds, bad, total } of steps) {
    // A step belongs to the window in which it ends.
    if (endSeconds <= span.startSeconds || endSeconds > nowSeconds) continue
    if (isExcluded(endSeconds, stepSeconds, excluded)) continue
    counted.bad += bad
    counted.total += total
    measured += 1
    if (total <= 0) withoutTraffic += 1
    if (endSeconds <= settledUntilSeconds) continue
    provisional.bad += bad
    provisional.total += total
  }
  const inside = (from: number, to: number) =>
    stepsWithin({ startSeconds: from, endSeconds: to }, stepSeconds, excluded)
  const soFar = inside(span.startSeconds, nowSeconds)
  const ahead = inside(nowSeconds, span.endSeconds)
  return {
    span,
    ...counted,
    ...leftOf(counted, counted.total, objective),
    expected: 'days' in window ? null : expectedOf(counted, measured, ahead.counted, objective),
    allowedSeconds: allowedRatio(objective) * (soFar.counted + ahead.counted) * stepSeconds,
    settledUntilSeconds,
    provisional,
    seconds: {
      measured: (measured - withoutTraffic) * stepSeconds,
      withoutTraffic: withoutTraffic * stepSeconds,
      withoutData: (soFar.counted - measured) * stepSeconds,
      excluded: soFar.excluded * stepSeconds,
    },
  }
}

type Events = { bad: number; total: number }

/** Events of different targets can be counted a step apart, so a part of them may for a moment look larger than the whole. */
const badRatioOf = ({ bad, total }: Events) => (total > 0 ? Math.min(1, Math.max(0, bad / total)) : bad > 0 ? 1 : 0)

function leftOf({ bad, total }: Events, ofTotal: number, objective: number) {
  const allowed = allowedRatio(objective) * ofTotal
  if (ofTotal === total) return { allowed, leftRatio: 1 - badRatioOf({ bad, total }) / allowedRatio(objective) }
  return { allowed, leftRatio: 1 - Math.max(0, bad) / allowed }
}

function expectedOf(counted: Events, measuredSteps: number, stepsAhead: number, objective: number) {
  const total = counted.total + (measuredSteps === 0 ? 0 : (counted.total / measuredSteps) * stepsAhead)
  return { total, ...leftOf(counted, total, objective) }
}

/** Of the steps that end in a time, how many are excluded and how many count. */
export function stepsWithin(
  { startSeconds, endSeconds }: Span,
  stepSeconds: number,
  excluded: readonly Span[],
): { excluded: number; counted: number } {
  const first = Math.floor(startSeconds / stepSeconds) + 1
  const last = Math.floor(endSeconds / stepSeconds)
  let excludedSteps = 0
  let checkedTo = first
  for (const span of [...excluded].sort((a, b) => a.startSeconds - b.startSeconds)) {
    // The steps that the span touches: their begin is before its end, and their end after its start.
    const from = Math.max(checkedTo, Math.floor(span.startSeconds / stepSeconds) + 1)
    const to = Math.min(last, Math.ceil(span.endSeconds / stepSeconds))
    if (span.endSeconds <= span.startSeconds || to < from) continue
    excludedSteps += to - from + 1
    checkedTo = to + 1
  }
  return { excluded: excludedSteps, counted: Math.max(0, last - first + 1) - excludedSteps }
}

/**
 * How fast the budget burns: 1 uses all of it in just the window.
 * @returns null if the steps of that time have no traffic or no data.
 */
export function burnRate(
  steps: readonly Step[],
  atSeconds: number,
  count: number,
  objective: number,
  stepSeconds: number,
): number | null {
  const recent = steps.filter(
    ({ endSeconds }) => endSeconds <= atSeconds && endSeconds > atSeconds - count * stepSeconds,
  )
  const events = recent.reduce((sum, { bad, total }) => ({ bad: sum.bad + bad, total: sum.total + total }), {
    bad: 0,
    total: 0,
  })
  return events.total > 0 ? badRatioOf(events) / allowedRatio(objective) : null
}

/** Whether there is evidence: `blind` if no step had data for so long that an outage would have used 1 % of the budget. */
export function measurementAt(
  steps: readonly Step[],
  atSeconds: number,
  policy: Omit<AlertPolicy, 'alerting'>,
  stepSeconds: number,
): { state: 'measured' | 'withoutTraffic' | 'blind'; lastDataSeconds: number | null } {
  const since = atSeconds - blindSteps(policy) * stepSeconds
  const before = steps.filter(({ endSeconds }) => endSeconds <= atSeconds)
  const lastDataSeconds = before.reduce<number | null>(
    (last, { endSeconds }) => Math.max(last ?? endSeconds, endSeconds),
    null,
  )
  if (lastDataSeconds === null || lastDataSeconds <= since) return { state: 'blind', lastDataSeconds }
  const traffic = before.some(({ endSeconds, total }) => endSeconds > since && total > 0)
  return { state: traffic ? 'measured' : 'withoutTraffic', lastDataSeconds }
}
