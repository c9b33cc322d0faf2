import type { Definition, Sli } from './definition.ts'
import { nativeBound } from './definition.ts'
import { causeEvent, duration, knownSteps, recentSteps, sloLabels } from './names.ts'
import { conditionOfTenant, ofTenant, readSelector, renamed, type Selector } from './selectors.ts'

/** PromQL for the last value of each counter in a step, its highest in it, and its last one of some time before the step. */
type Counter = { now: string; peak: string; recent: string; known: string }

/**
 * PromQL whose value at time t is the number of events in the step that ends at t: with the label `event` as `bad` and as
 * `total`, for each group. Both come from one query, so they see the same samples. Evaluate it at multiples of the step.
 *
 * Of each counter it is the difference to its last value before, not `increase`, which guesses what happened before the
 * first and after the last sample of a range. It is not a difference if
 * - the counter was reset: then what it counted before, as far as it was sampled, and all since;
 * - the counter is new, that is, nobody saw it in the last {@link knownSteps}: then its value, because its first sample
 *   follows its first event. But if no counter of its group was seen in the last {@link recentSteps}, nothing: then the
 *   events may be of any time before. If that is so of the whole group, the step has no total, and may have 0 bad events.
 * A step without samples has no value.
 * @param tenant whose series are read
 */
export function countQuery(
  { sli, groupBy }: Pick<Definition, 'sli' | 'groupBy'>,
  tenant: string,
  stepSeconds: number,
): string {
  const by = labelList(groupBy)
  const { bad, total } = sli.kind === 'condition' ? stepsOf(sli, by, tenant) : eventsOf(sli, by, tenant, stepSeconds)
  return [labelled(bad, 'bad'), 'or', labelled(total, 'total')].join('\n')
}

/**
 * PromQL like {@link countQuery}, of the bad events only and by the value of the SLI's `causeLabel` too. The sum over its
 * values is the number of bad events. Null if the SLI has no such label.
 */
export function causeQuery(
  { sli, groupBy }: Pick<Definition, 'sli' | 'groupBy'>,
  tenant: string,
  stepSeconds: number,
): string | null {
  if (sli.kind !== 'ratio' || sli.causeLabel === undefined) return null
  const { all, part, partIsGood } = countersOf(sli, tenant, stepSeconds)
  const [group, by] = [labelList(groupBy), labelList([...groupBy, sli.causeLabel])]
  const grown = grownBy(part, all, by, group)
  if (!partIsGood) return grown
  return `${grownBy(all, all, by, group)}\n-\n(\n${indented(`${grown}\nor\ngroup by ${by} (${all.now}) - 1`)}\n)`
}

/**
 * What {@link causeQuery} counts, with the label `event` as `causeEvent` names it in place of the `causeLabel`. A step
 * without bad events has no value, so that nothing is stored for it.
 */
export function causeEventsQuery(
  { sli, groupBy }: Pick<Definition, 'sli' | 'groupBy'>,
  tenant: string,
  stepSeconds: number,
): string | null {
  const query = causeQuery({ sli, groupBy }, tenant, stepSeconds)
  if (query === null || sli.kind !== 'ratio' || sli.causeLabel === undefined) return null
  const { event } = sloLabels
  return [
    `sum by ${labelList([...groupBy, event])} (`,
    '  label_replace(',
    `    (\n${indented(indented(indented(query)))}\n    ) > 0,`,
    `    "${event}", "${causeEvent('$1')}", "${sli.causeLabel}", "(.*)"`,
    '  )',
    ')',
  ].join('\n')
}

/** A part of an SLI that reads series: the name of its field, or `bucket` for the buckets of a classic histogram. */
export type SeriesPart = 'total' | 'bad' | 'good' | 'histogram' | 'bucket' | 'promql'

/**
 * PromQL for how many series each part of an SLI had in the last hour, with the label `part`; buckets by their bound `le`. A
 * part that matches no series is not in the answer.
 * @param tenant whose series are counted
 */
export function seriesQuery(sli: Sli, tenant: string): string {
  const counted = (part: SeriesPart, expression: string, by = '') =>
    `label_replace(count${by} (${expression}), "part", "${part}", "", "")`
  const seen = (part: SeriesPart, selector: Selector, by?: string) =>
    counted(part, `present_over_time(${ofTenant(selector, tenant)}[1h])`, by)
  switch (sli.kind) {
    case 'ratio': {
      const part = sli.good === undefined ? 'bad' : 'good'
      return [seen('total', readSelector(sli.total)), seen(part, readSelector(sli[part] ?? ''))].join(' or ')
    }
    case 'latency': {
      const histogram = readSelector(sli.histogram)
      if (sli.nativeSchema !== null) return seen('histogram', histogram)
      const bounds = seen('bucket', renamed(histogram, '_bucket'), ' by (le)')
      return `${seen('histogram', renamed(histogram, '_count'))} or ${bounds}`
    }
    case 'condition':
      return counted('promql', conditionOfTenant(sli.promql, tenant))
  }
}

const labelList = (labels: readonly string[]) => `(${labels.join(', ')})`

type Events = { bad: string; total: string }

const labelled = (expression: string, event: 'bad' | 'total') =>
  `label_replace(\n${indented(expression)},\n  "${sloLabels.event}", "${event}", "", ""\n)`

/** A step is one event, and it is bad if the condition is 0 for any series of the group. */
function stepsOf({ promql }: Sli & { kind: 'condition' }, by: string, tenant: string): Events {
  const condition = conditionOfTenant(promql, tenant)
  return { bad: `min by ${by} (${condition}) == bool 0`, total: `group by ${by} (${condition})` }
}

function eventsOf(sli: Exclude<Sli, { kind: 'condition' }>, by: string, tenant: string, stepSeconds: number): Events {
  const { all, part, partIsGood } = countersOf(sli, tenant, stepSeconds)
  const total = grownBy(all, all, by)
  // Without it a group that never had a bad event would have no value, instead of 0.
  const counted = `${grownBy(part, all, by)}\nor\ngroup by ${by} (${all.now}) - 1`
  return { total, bad: partIsGood ? `${total}\n-\n(\n${indented(counted)}\n)` : counted }
}

function countersOf(sli: Exclude<Sli, { kind: 'condition' }>, tenant: string, stepSeconds: number) {
  const counter = (selector: Selector) => counterOf(ofTenant(selector, tenant), stepSeconds)
  if (sli.kind === 'ratio') {
    const partIsGood = sli.good !== undefined
    const part = counter(readSelector(sli.good ?? sli.bad ?? ''))
    return { all: counter(readSelector(sli.total)), part, partIsGood }
  }
  const histogram = readSelector(sli.histogram)
  if (sli.nativeSchema === null) {
    const bucket = renamed(histogram, '_bucket', leMatcher(sli.thresholdSeconds))
    return { all: counter(renamed(histogram, '_count')), part: counter(bucket), partIsGood: true }
  }
  const bound = nativeBound(sli.thresholdSeconds, sli.nativeSchema)
  const native = ofTenant(histogram, tenant)
  const count = `histogram_count(${native})`
  return {
    all: nativeCounterOf(count, native, stepSeconds),
    // The fraction of an empty histogram is not a number. The product is rounded, because 1000 / 1062 * 1062 is less than 1000:
    // a counter that falls looks like one that was reset, so all that it ever counted would be good events of that step.
    part: nativeCounterOf(`round(histogram_fraction(-Inf, ${bound}, ${native}) * (${count} > 0))`, native, stepSeconds),
    partIsGood: true,
  }
}

/** Prometheus 3 writes the bound 1 as `1.0`, and Prometheus 2 as the client does. */
const leMatcher = (bound: number) => {
  const text = String(bound).replaceAll('.', String.raw`\\.`)
  return Number.isInteger(bound) ? String.raw`le=~"${text}(\\.0)?"` : `le=~"${text}"`
}

/** A step is as long as the time between two scrapes or longer, so it has a sample of each counter that is still there. */
const counterOf = (selector: string, stepSeconds: number): Counter => {
  const step = duration(stepSeconds)
  const before = (steps: number) => `last_over_time(${selector}[${duration(steps * stepSeconds)}] offset ${step})`
  return {
    now: `last_over_time(${selector}[${step}])`,
    peak: `max_over_time(${selector}[${step}])`,
    recent: before(recentSteps),
    known: before(knownSteps),
  }
}

/**
 * A counter that is a number of each native histogram. `last_over_time` of Prometheus 2.42 drops histograms, so the
 * numbers are read ten times in a step. They can be up to 5 min old, so a histogram without a sample in the step is left out.
 */
const nativeCounterOf = (number: string, histogram: string, stepSeconds: number): Counter => {
  const step = duration(stepSeconds)
  const often = `${number}[${step}:${duration(stepSeconds / 10)}]`
  const before = (steps: number) => `last_over_time(${number}[${duration(steps * stepSeconds)}:${step}] offset ${step})`
  return {
    now: `(last_over_time(${often}) and present_over_time(${histogram}[${step}]))`,
    peak: `max_over_time(${often})`,
    recent: before(recentSteps),
    known: before(knownSteps),
  }
}

/**
 * How much the counters grew in the step, by labels. Each line is for the series that the lines above it do not have: those
 * that grew, were reset, come back after more than {@link recentSteps}, and are new. The long range is read only once,
 * because AMP charges for each sample that a query reads.
 * @param group the labels whose series are new together
 */
function grownBy({ now, peak, recent, known }: Counter, all: Counter, by: string, group = by): string {
  const lines = [
    `${now} - ${recent} >= 0`,
    'or',
    `${now} + clamp_min(${peak} - ${recent}, 0)`,
    'or',
    `${now} - ${known} >= 0`,
    'or',
    `${now} and on ${group} ${all.recent}`,
  ]
  return `sum by ${by} (\n${indented(lines.join('\n'))}\n)`
}

/** For texts without line breaks of their own: selectors have none, and only a condition may. */
export const indented = (text: string): string => text.replaceAll(/^/gm, '  ')
