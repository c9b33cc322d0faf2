import type { AtModifier, Query, Selector } from './query.ts'

/** Prometheus's default of `--query.lookback-delta`. */
export const lookbackDeltaSeconds = 300

/** The evaluation times of a query as Unix time. Both are the same for an instant query. */
export type Evaluation = { startSeconds: number; endSeconds: number }
/** Unix times, both inclusive. */
export type SampleSpan = { earliestSeconds: number; latestSeconds: number }

/**
 * The period of the samples that a query reads when it is evaluated from start to end, computed as in Prometheus's
 * engine (promql/engine.go: `FindMinMaxTime`, `getTimeRangesForSelector`, `subqueryTimes`):
 *
 *   earliest = start − Σ subquery offsets − Σ subquery ranges − range or lookback delta − offset
 *   latest   = end − Σ subquery offsets − offset
 *
 * `@` at a subquery replaces start and end with its time and cancels the subqueries around it; `@` at the selector
 * cancels all subqueries. The result covers all selectors. Prometheus 2 reads a sample exactly at the earliest time and
 * Prometheus 3 does not, so that time is included.
 * @returns null if the query reads nothing.
 */
export function measure(
  query: Query,
  evaluation: Evaluation,
  lookbackSeconds = lookbackDeltaSeconds,
): SampleSpan | null {
  const spans = query.selectors.map((selector) => measureSelector(selector, evaluation, lookbackSeconds))
  if (spans.length === 0) return null
  return {
    earliestSeconds: spans.reduce((earliest, span) => Math.min(earliest, span.earliestSeconds), Infinity),
    latestSeconds: spans.reduce((latest, span) => Math.max(latest, span.latestSeconds), -Infinity),
  }
}

/** Prometheus's default of `evaluation_interval`, which is also the step of a subquery without one. */
const subqueryStepSeconds = 60

/**
 * How many points the query computes for each series: the times of its evaluation, and those of the subqueries. A
 * subquery computes its points once for the whole time, so nested subqueries add up and do not multiply.
 * @param stepSeconds of the evaluation; ignored if it has only one time
 */
export function pointsPerSeries(query: Query, { startSeconds, endSeconds }: Evaluation, stepSeconds: number): number {
  const spanSeconds = endSeconds - startSeconds
  const own = pointsOver(spanSeconds, stepSeconds)
  return query.subqueries.reduce((most, subqueries) => {
    let points = own
    let seconds = spanSeconds
    for (const { rangeSeconds, stepSeconds, at } of subqueries) {
      seconds = (at === null ? seconds : 0) + (rangeSeconds ?? 0)
      points += pointsOver(seconds, stepSeconds ?? subqueryStepSeconds)
    }
    return Math.max(most, points)
  }, own)
}

const pointsOver = (seconds: number, stepSeconds: number) => (seconds === 0 ? 1 : Math.floor(seconds / stepSeconds) + 1)

function measureSelector(
  { window, subqueries }: Selector,
  evaluation: Evaluation,
  lookbackSeconds: number,
): SampleSpan {
  let earliestSeconds = -(window.rangeSeconds ?? lookbackSeconds) - window.offsetSeconds
  let latestSeconds = -window.offsetSeconds
  let at = window.at
  // From the innermost outwards: a subquery outside an `@` does not move the times inside it.
  for (const subquery of subqueries) {
    if (at !== null) break
    earliestSeconds -= (subquery.rangeSeconds ?? 0) + subquery.offsetSeconds
    latestSeconds -= subquery.offsetSeconds
    at = subquery.at
  }
  return {
    earliestSeconds: earliestSeconds + timeOf(at ?? 'start', evaluation),
    latestSeconds: latestSeconds + timeOf(at ?? 'end', evaluation),
  }
}

function timeOf(at: AtModifier, { startSeconds, endSeconds }: Evaluation): number {
  if (typeof at === 'number') return at
  return at === 'start' ? startSeconds : endSeconds
}
