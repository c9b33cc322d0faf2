import type { StoredSlo } from '@tickwatch/db'
import { alertNames, delaySeconds, duration, eventsMetric, platformTenant, stepEndOf } from '@tickwatch/slo'

/** By then the rules of a step were evaluated, and AMP has what they wrote. */
const evaluatedSeconds = 10

/** The end of the newest step that the rules of every SLO have counted. */
export const newestStep = (nowSeconds: number, stepSeconds: number): number =>
  stepEndOf(nowSeconds - stepSeconds - evaluatedSeconds, stepSeconds)

/**
 * The last millisecond at which what the rules wrote belongs to the step with that end, or to one before. They run at any
 * time of a step, so a sample of it is up to a step older.
 */
export const writtenBy = (stepEnd: number, stepSeconds: number): number =>
  stepEnd + delaySeconds(stepSeconds) + stepSeconds - 0.001

/** A range that ends at {@link writtenBy} and holds one sample of each step. */
const rangeOf = (seconds: number) => `[${duration(seconds - 0.001)}]`

/** Only the platform writes series as this tenant: a gateway gives each writer's series the tenant of its certificate. */
const ours = `tenant=${JSON.stringify(platformTenant)}`

/** All groups of an SLO. */
export const ofSlo = (sloId: string) => `${ours},slo=${JSON.stringify(sloId)}`

/** One group of an SLO. Prometheus leaves out a label without a value. */
export const ofGroup = (
  { id, definition }: Pick<StoredSlo, 'id' | 'definition'>,
  labels: Readonly<Record<string, string>>,
): string => [ofSlo(id), ...definition.groupBy.map((name) => `${name}=${JSON.stringify(labels[name] ?? '')}`)].join(',')

/** Without the bad events by cause. */
const badAndTotal = 'event=~"bad|total"'

/**
 * The events of each group of every SLO, or of one, in a time that ends at {@link writtenBy}, also the bad ones by cause; the
 * event `steps` is the number of steps with data.
 */
export function talliesQuery(seconds: number, sloId: string | null = null): string {
  const which = sloId === null ? ours : ofSlo(sloId)
  return [
    `sum_over_time(${eventsMetric}{${which}}${rangeOf(seconds)})`,
    `label_replace(count_over_time(${eventsMetric}{${which},event="total"}${rangeOf(seconds)}), "event", "steps", "slo", ".*")`,
  ].join(' or ')
}

/** The same of some SLOs, all groups together; `steps` of the group with the most. */
export function togetherTalliesQuery(sloIds: readonly string[], seconds: number): string {
  const of = `${ours},slo=~${JSON.stringify(sloIds.join('|'))}`
  return [
    `sum by (slo, event) (sum_over_time(${eventsMetric}{${of},${badAndTotal}}${rangeOf(seconds)}))`,
    `label_replace(max by (slo) (count_over_time(${eventsMetric}{${of},event="total"}${rangeOf(seconds)})), "event", "steps", "slo", ".*")`,
  ].join(' or ')
}

/** When the rules last wrote something for each group, in Unix time. It looks back for `seconds`. */
export function lastWrittenQuery(seconds: number, stepSeconds: number): string {
  const written = `timestamp(${eventsMetric}{${ours},event="total"})`
  // The points of a subquery are at multiples of its step, so it can miss the newest sample.
  return `${written} or max_over_time(${written}[${duration(seconds)}:${duration(stepSeconds)}])`
}

/** The samples of a group in a time that ends at {@link writtenBy}. */
export const samplesQuery = (group: string, seconds: number): string =>
  `${eventsMetric}{${group},${badAndTotal}}${rangeOf(seconds)}`

/** For a range query that starts at {@link writtenBy} of a step: the events of all groups of an SLO together, by step. */
export const togetherQuery = (sloId: string, stepSeconds: number): string =>
  `sum by (event) (last_over_time(${eventsMetric}{${ofSlo(sloId)},${badAndTotal}}${rangeOf(stepSeconds)}))`

/** Since when each alert on an SLO fires, in Unix time. */
export function firingQuery(): string {
  const all = `${ours},alertname=~"${Object.values(alertNames).join('|')}"`
  return `ALERTS_FOR_STATE{${all}} and ignoring (alertstate) ALERTS{${all},alertstate="firing"}`
}
