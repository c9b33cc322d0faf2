import type { AtModifier, Query, Selector } from './query.ts'

/** Prometheus's default of `--query.lookback-delta`. */
export const lookbackDeltaSeconds = 300

/** From when to when, Unix time, a query is evaluated; both the same for an instant query. */
export type Evaluation = { startSeconds: number; endSeconds: number }
/** Unix time, both inclusive. */
export type SampleSpan = { earliestSeconds: number; latestSeconds: number }

/**
 * The samples that the query reads when it is evaluated from start to end, as Prometheus's
 * engine computes it (promql/engine.go: `FindMinMaxTime`, `getTimeRangesForSelector`, `subqueryTimes`):
 *
 *   earliest = start − Σ subquery offsets − Σ subquery ranges − range or lookback delta − offset
 *   latest   = end − Σ subquery offsets − offset
 *
 * `@` at a subquery puts its time in place of start and end and forgets the subqueries around it; `@` at the selector
 * also forgets all subqueries. Over all selectors, the earliest and the latest. Prometheus 3 leaves out a sample
 * exactly at the earliest time, 2 does not: it is counted in.
 * @returns null for a query that reads nothing.
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

function measureSelector(
  { window, subqueries }: Selector,
  evaluation: Evaluation,
  lookbackSeconds: number,
): SampleSpan {
  let earliestSeconds = -(window.rangeSeconds ?? lookbackSeconds) - window.offsetSeconds
  let latestSeconds = -window.offsetSeconds
  let at = window.at
  // From the innermost outwards: what lies outside an `@` can't move what is inside.
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
