import { type BurnAlert, burnAlerts } from './burn.ts'
import type { Definition } from './definition.ts'

/**
 * How a change makes an SLO easier to meet or quieter, one sentence for each way. Empty if it does not. If what is measured
 * changes, nobody can tell by the definitions, so that counts as weaker.
 */
export function weakenings(before: Definition, after: Definition): string[] {
  const ways: string[] = []
  if (after.objective < before.objective) ways.push(`The objective falls from ${percent(before)} to ${percent(after)}.`)
  ways.push(...measuredLess(before, after))
  if (JSON.stringify(after.window) !== JSON.stringify(before.window)) {
    ways.push('The window changes, and with it the time over which bad events are forgiven.')
  }
  if ([...after.groupBy].sort().join() !== [...before.groupBy].sort().join()) {
    ways.push('The groups change, so the events of one can be lost among those of others.')
  }
  const alerts = { before: burnAlerts(before), after: burnAlerts(after) }
  for (const alert of alerts.before) {
    if (!alerts.after.some((other) => firesWheneverAlso(other, alert))) {
      ways.push(`The ${alert.severity} at ${alert.factor} times the allowed burn rate is gone, or fires later.`)
    }
  }
  return ways
}

const percent = ({ objective }: Definition) => `${Number((objective * 100).toPrecision(6))} %`

function measuredLess(before: Definition, after: Definition): string[] {
  const [was, is] = [before.sli, after.sli]
  if (was.kind === 'latency' && is.kind === 'latency' && is.thresholdSeconds !== was.thresholdSeconds) {
    const { thresholdSeconds: _, ...restBefore } = was
    const { thresholdSeconds: __, ...restAfter } = is
    if (JSON.stringify(restBefore) === JSON.stringify(restAfter)) {
      if (is.thresholdSeconds < was.thresholdSeconds) return []
      return [`The threshold rises from ${was.thresholdSeconds} s to ${is.thresholdSeconds} s.`]
    }
  }
  return JSON.stringify(is) === JSON.stringify(was) ? [] : ['What is measured changes.']
}

/** Whether an alert fires at each moment at which the other one does, as far as their numbers say. */
const firesWheneverAlso = (alert: BurnAlert, other: BurnAlert) =>
  alert.severity === other.severity &&
  alert.badRatio <= other.badRatio &&
  alert.longSteps === other.longSteps &&
  alert.shortSteps === other.shortSteps &&
  alert.badEventsMin <= other.badEventsMin
