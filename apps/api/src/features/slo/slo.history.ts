import {
  allowedRatio,
  type BurnAlert,
  budgetOf,
  burnAlerts,
  burnRate,
  type Definition,
  type Span,
  type Step,
} from '@tickwatch/slo'
import type { BurnView, SloPoint } from './slo.reads.types.ts'

const pointsMax = 300
/** A minute's steps in each point: as round as the times on a clock. */
const roundCounts = [1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1_440]

/** Seconds between the points of a chart, a multiple of the step. */
export function bucketSeconds(rangeSeconds: number, stepSeconds: number): number {
  const wanted = rangeSeconds / pointsMax / stepSeconds
  return (roundCounts.find((count) => count >= wanted) ?? Math.ceil(wanted)) * stepSeconds
}

type Policy = Pick<Definition, 'objective' | 'window' | 'alerting'>
type Chart = { policy: Policy; steps: readonly Step[]; asOfSeconds: number; stepSeconds: number }
/** Of the steps, those that count for the budget, and the time that is excluded. The rules of alerts know of neither. */
type Budgeted = Omit<Chart, 'steps'> & { counted: readonly Step[]; excluded: readonly Span[] }
/** In Unix time. */
export type Range = { from: number; to: number }

/** The budget now. Nothing was counted a second time, so no step of it is settled. */
export const budgetNow = ({ policy, counted, excluded, asOfSeconds, stepSeconds }: Budgeted) =>
  budgetOf({
    ...{ steps: counted, objective: policy.objective, window: policy.window, nowSeconds: asOfSeconds, stepSeconds },
    ...{ settledUntilSeconds: 0, excluded },
  })

/**
 * The points of a range: the events of each, also those in maintenance, what is left of the budget at its end, and the
 * highest burn of each alert's long window in it.
 * @param chart its steps include those of the longest window before the range
 */
export function pointsOf(chart: Chart & Budgeted, range: Range): SloPoint[] {
  const { policy, steps, counted, asOfSeconds, stepSeconds } = chart
  const { span, total: windowTotal } = budgetNow(chart)
  const bucket = bucketSeconds(range.to - range.from, stepSeconds)
  const alerts = burnAlerts(policy)
  const allowed = allowedRatio(policy.objective) * windowTotal
  const to = Math.min(range.to, asOfSeconds)
  const points: SloPoint[] = []
  let usedBefore = 0
  let i = steps.findIndex(({ endSeconds }) => endSeconds > range.from)
  if (i < 0) i = steps.length
  let c = 0
  for (let end = (Math.floor(range.from / bucket) + 1) * bucket; end - bucket < to; end += bucket) {
    const at = Math.min(end, to)
    const point: SloPoint = { t: at, bad: null, total: null, left: null, burns: alerts.map(() => null) }
    for (; i < steps.length && (steps[i] as Step).endSeconds <= at; i++) {
      const step = steps[i] as Step
      point.bad = (point.bad ?? 0) + step.bad
      point.total = (point.total ?? 0) + step.total
    }
    for (; c < counted.length && (counted[c] as Step).endSeconds <= at; c++)
      usedBefore += badIn(counted[c] as Step, span)
    if (point.total !== null && at > span.startSeconds && allowed > 0) point.left = 1 - usedBefore / allowed
    points.push(point)
  }
  alerts.forEach(({ longSteps }, n) => {
    noteHighest(points, n, steps, { longSteps, allowed: allowedRatio(policy.objective), from: range.from, stepSeconds })
  })
  return points
}

const badIn = ({ endSeconds, bad }: Step, span: { startSeconds: number }) => (endSeconds > span.startSeconds ? bad : 0)

/**
 * Notes in each point the highest burn rate of its steps: that of the window of `longSteps` that ends with the step, if it had
 * traffic. A page has 47,000 steps and four alerts, so it is a plain loop.
 */
function noteHighest(
  points: readonly SloPoint[],
  alert: number,
  steps: readonly Step[],
  { longSteps, allowed, from, stepSeconds }: { longSteps: number; allowed: number; from: number; stepSeconds: number },
): void {
  const length = longSteps * stepSeconds
  let first = 0
  let bad = 0
  let total = 0
  let p = 0
  for (const step of steps) {
    bad += step.bad
    total += step.total
    for (let old = steps[first]; old && old.endSeconds <= step.endSeconds - length; old = steps[++first]) {
      bad -= old.bad
      total -= old.total
    }
    if (step.endSeconds <= from) continue
    while (p < points.length && (points[p] as SloPoint).t < step.endSeconds) p++
    const burns = points[p]?.burns
    if (!burns) return
    if (total > 0) burns[alert] = Math.max(burns[alert] ?? 0, Math.min(1, Math.max(0, bad / total)) / allowed)
  }
}

/** How fast the budget burns now in both windows of each alert. */
export const burnsNow = ({ policy, steps, asOfSeconds, stepSeconds }: Chart): BurnView[] =>
  burnAlerts(policy).map((alert: BurnAlert) => {
    const burn = (count: number) => burnRate(steps, asOfSeconds, count, policy.objective, stepSeconds)
    const since = asOfSeconds - alert.longSteps * stepSeconds
    const long = steps.filter(({ endSeconds }) => endSeconds > since && endSeconds <= asOfSeconds)
    return {
      severity: alert.severity,
      factor: alert.factor,
      longSeconds: alert.longSteps * stepSeconds,
      shortSeconds: alert.shortSteps * stepSeconds,
      longBurn: burn(alert.longSteps),
      shortBurn: burn(alert.shortSteps),
      badEvents: long.reduce((sum, { bad }) => sum + bad, 0),
      badEventsMin: alert.badEventsMin,
    }
  })

/** The longest window of the alerts, which the history before a range must have. */
export const longestSteps = (policy: Policy): number =>
  Math.max(0, ...burnAlerts(policy).map(({ longSteps }) => longSteps))
