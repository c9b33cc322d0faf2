import { Document } from 'yaml'
import { type Burn, scaledSteps } from '../burn.ts'
import { type Window, windowDays } from '../calendar.ts'
import type { Definition } from '../definition.ts'
import { annotations, type OpenSloInput, periodStart } from './shape.ts'

/**
 * The definition as OpenSLO v1. `importOpenSlo` makes a definition with the same rules of it. The minutes of its alerts can
 * differ, because of a short window several become the same number of steps.
 */
export function exportOpenSlo(definition: Definition): string {
  const { id, title, owner, runbookUrl, sli, objective, window, groupBy, alerting } = definition
  const query = (text: string, more = {}) => ({ metricSource: { type: 'Prometheus', spec: { query: text, ...more } } })
  const notes: Record<string, string> = { [annotations.badEventsMin]: String(alerting.badEventsMin) }
  if (runbookUrl !== '') notes[annotations.runbookUrl] = runbookUrl
  if (groupBy.length > 0) notes[annotations.groupBy] = groupBy.join(',')
  if (sli.kind === 'ratio' && sli.causeLabel !== undefined) notes[annotations.causeLabel] = sli.causeLabel
  const indicator =
    sli.kind === 'ratio'
      ? {
          ratioMetric: {
            counter: true as const,
            ...(sli.good === undefined ? {} : { good: query(sli.good) }),
            ...(sli.bad === undefined ? {} : { bad: query(sli.bad) }),
            total: query(sli.total),
          },
        }
      : {
          thresholdMetric:
            sli.kind === 'condition'
              ? query(sli.promql)
              : query(sli.histogram, sli.nativeSchema === null ? {} : { nativeSchema: sli.nativeSchema }),
        }
  const threshold = {
    ratio: {},
    latency: { op: 'lte' as const, value: sli.kind === 'latency' ? sli.thresholdSeconds : 0 },
    condition: { op: 'gt' as const, value: 0, timeSliceWindow: '1m' as const },
  }
  const slo: OpenSloInput = {
    apiVersion: 'openslo/v1',
    kind: 'SLO',
    metadata: { name: id, displayName: title, annotations: notes },
    spec: {
      service: owner,
      indicator: { metadata: { name: id }, spec: indicator },
      timeWindow: [timeWindowOf(window)],
      budgetingMethod: sli.kind === 'condition' ? 'Timeslices' : 'Occurrences',
      objectives: [{ target: objective, ...threshold[sli.kind] }],
      alertPolicies: alerting.burns.map((burn, i) => policyOf(burn, `${id}-${i + 1}`, windowDays(window))),
    },
  }
  return new Document(slo).toString({ lineWidth: 0 })
}

const timeWindowOf = (window: Window) =>
  'days' in window
    ? { duration: `${window.days}d`, isRolling: true }
    : {
        duration: { week: '1w', month: '1M', quarter: '1Q' }[window.calendar],
        isRolling: false,
        calendar: { startTime: periodStart, timeZone: window.timeZone },
      }

const policyOf = ({ severity, factor, longMinutes, shortMinutes }: Burn, name: string, days: number) => ({
  kind: 'AlertPolicy' as const,
  metadata: { name },
  spec: {
    conditions: [
      {
        kind: 'AlertCondition' as const,
        metadata: { name },
        spec: {
          severity,
          condition: {
            kind: 'burnrate' as const,
            op: 'gt' as const,
            threshold: factor,
            lookbackWindow: durationOf(scaledSteps(longMinutes, days)),
            alertAfter: durationOf(scaledSteps(shortMinutes, days)),
          },
        },
      },
    ],
  },
})

const durationOf = (minutes: number) => {
  const [unit, size] = minutes % 1_440 === 0 ? ['d', 1_440] : minutes % 60 === 0 ? ['h', 60] : ['m', 1]
  return `${minutes / Number(size)}${unit}`
}
