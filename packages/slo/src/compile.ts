import { parse } from 'yaml'
import { type BurnAlert, blindSteps, burnAlerts } from './burn.ts'
import { causeEventsQuery, countQuery, indented } from './counts.ts'
import type { Definition } from './definition.ts'
import {
  alertNames,
  delaySeconds,
  duration,
  eventsMetric,
  rangeOfSteps,
  type Severity,
  severities,
  sloLabels,
  stepSecondsMin,
} from './names.ts'

export type RecordingRule = { record: string; expr: string; labels: Record<string, string> }
export type AlertingRule = {
  alert: string
  expr: string
  for?: string
  labels: Record<string, string>
  annotations: Record<string, string>
}
/** A group of a Prometheus rule file. Its rules run one after the other, and see what those before them wrote. */
export type RuleGroup = { name: string; interval: string; rules: (RecordingRule | AlertingRule)[] }

/**
 * The rules of one SLO: one that counts its events, one for each severity of burn alerts, and one that fires if there is
 * no data. A grouped SLO has the same number of rules.
 * @param definition read by `readDefinition`
 * @param tenant whose series it reads, and who may see what it writes
 * @throws RangeError for a step that the ranges do not allow
 */
export function compileSlo(definition: Definition, tenant: string, stepSeconds: number): RuleGroup {
  if (!Number.isInteger(stepSeconds) || stepSeconds < stepSecondsMin) {
    throw new RangeError(`a step must be a whole number of at least ${stepSecondsMin} s, not ${stepSeconds}`)
  }
  const { id } = definition
  // On the alerts too: promtool reports rules of the same name and labels as duplicates.
  const labels = { [sloLabels.slo]: id, [sloLabels.tenant]: tenant }
  const series = (event: string) => `${eventsMetric}{slo="${id}",tenant=${JSON.stringify(tenant)},event="${event}"}`
  const causes = causeEventsQuery(definition, tenant, stepSeconds)
  const counts = [countQuery(definition, tenant, stepSeconds), ...(causes === null ? [] : ['or', causes])].join('\n')
  const alerts = burnAlerts(definition)
  const blind: AlertingRule = {
    alert: alertNames.blind,
    // Of the total: a step whose events may be of any time before has 0 bad ones and no total.
    expr: `absent(${sumOfSteps(series('total'), 2, stepSeconds)})`,
    for: duration(blindSteps(definition) * stepSeconds),
    labels: { ...labels, severity: alerts.some(({ severity }) => severity === 'page') ? 'page' : 'ticket' },
    annotations: { summary: `The SLO ${id} has no data: nobody knows whether its budget burns` },
  }
  return {
    name: `slo-${tenant}-${id}`,
    interval: duration(stepSeconds),
    rules: [
      { record: eventsMetric, expr: recordedCounts(counts, stepSeconds), labels },
      ...severities.flatMap((severity) => burnRules(severity, alerts, series, labels, stepSeconds)),
      blind,
    ],
  }
}

/**
 * The counts of the newest step that ended at a multiple of the step and is old enough. So the steps of the rules are
 * those of {@link countQuery}, whenever Prometheus evaluates the group.
 */
const recordedCounts = (counts: string, stepSeconds: number) =>
  `last_over_time(\n  (\n${indented(indented(counts))}\n  )[${duration(stepSeconds)}:${duration(stepSeconds)}] offset ${duration(delaySeconds(stepSeconds))}\n)`

/** The end of the step whose counts a rule wrote at a time. */
export const stepEndOf = (writtenAtSeconds: number, stepSeconds: number): number =>
  Math.floor((writtenAtSeconds - delaySeconds(stepSeconds)) / stepSeconds) * stepSeconds

const sumOfSteps = (series: string, steps: number, stepSeconds: number) =>
  `sum_over_time(${series}${rangeOfSteps(steps, stepSeconds)})`

function burnRules(
  severity: Severity,
  alerts: readonly BurnAlert[],
  series: (event: string) => string,
  labels: Record<string, string>,
  stepSeconds: number,
): AlertingRule[] {
  const own = alerts.filter((alert) => alert.severity === severity)
  if (own.length === 0) return []
  const sum = (event: string, steps: number) => sumOfSteps(series(event), steps, stepSeconds)
  const over = (steps: number, badRatio: number) =>
    `${sum('bad', steps)} / ignoring (event) ${sum('total', steps)} > ${badRatio}`
  const expr = own
    .map(({ longSteps, shortSteps, badRatio, badEventsMin }) =>
      [
        '(',
        `  ${over(longSteps, badRatio)}`,
        '  and',
        `  ${over(shortSteps, badRatio)}`,
        '  and ignoring (event)',
        `  ${sum('bad', longSteps)} >= ${badEventsMin}`,
        ')',
      ].join('\n'),
    )
    .join('\nor\n')
  return [
    {
      alert: alertNames[severity],
      expr,
      labels: { ...labels, severity },
      annotations: {
        summary: `The SLO ${labels.slo} burns its budget too fast: {{ $value | humanizePercentage }} of its events were bad`,
      },
    },
  ]
}

/**
 * PromQL for the events of all SLOs of a tenant in the last steps, as one instant vector with the labels `slo`, `event` and
 * those of each group. It has what the rules counted, so steps that are not settled may be wrong in it.
 */
export const recordedEventsQuery = (tenant: string, steps: number, stepSeconds: number): string =>
  sumOfSteps(`${eventsMetric}{tenant=${JSON.stringify(tenant)}}`, steps, stepSeconds)

/** How many rules the groups have. AMP allows 2,000 in a workspace by default. */
export const countRules = (groups: readonly RuleGroup[]): number =>
  groups.reduce((sum, { rules }) => sum + rules.length, 0)

/** How many rules a Prometheus rule file has, whoever wrote it; 0 if it is none. */
export function rulesInFile(text: string): number {
  const { groups } = Object(parsed(text))
  if (!Array.isArray(groups)) return 0
  return groups.reduce((sum: number, group) => {
    const { rules } = Object(group)
    return sum + (Array.isArray(rules) ? rules.length : 0)
  }, 0)
}

/** Our own files are JSON, which takes a hundredth of the time. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    try {
      return parse(text)
    } catch {
      return null
    }
  }
}

/** A Prometheus rule file. Equal groups give equal bytes. JSON is YAML. */
export const ruleFile = (groups: readonly RuleGroup[]): string => `${JSON.stringify({ groups }, null, 2)}\n`
