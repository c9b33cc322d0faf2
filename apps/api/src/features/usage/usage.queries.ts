import type { MeteredLimit } from './usage.types.ts'

/** The platform's agent writes the gateways' metrics as this tenant, every 5 s. */
const platform = 'tenant="tickwatch"'
const of = (tenantId: string, more = '') => `{${platform},tenant_id="${tenantId}"${more}}`

/** Four scrapes. With a shorter window one lost scrape would leave a gap. */
const rateWindowSecondsMin = 20
const pointsAbout = 300

/** Seconds between the points of a chart: a round number that gives about 300 points. */
export function chartStepSeconds(rangeSeconds: number): number {
  const wanted = rangeSeconds / pointsAbout
  return roundSteps.find((step) => step >= wanted) ?? 10_800
}
const roundSteps = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1_200, 1_800, 2_400, 3_600, 7_200]

/**
 * Cuts a range at the last whole step before now. In a step that has not ended, a rate has too few samples and shows a
 * drop that never happened.
 */
export const untilNow = <R extends { from: number; to: number; step: number }>(range: R, nowSeconds: number): R => ({
  ...range,
  to: Math.max(range.from, Math.min(range.to, Math.floor(nowSeconds / range.step) * range.step)),
})

const window = (stepSeconds: number) => `${Math.max(stepSeconds, rateWindowSecondsMin)}s`

/** What the tenant used of a limit, in the limit's unit: the mean of each step, or the maximum for active series. */
export function usedQuery(limit: MeteredLimit, tenantId: string, stepSeconds: number): string {
  const w = window(stepSeconds)
  if (limit === 'ingest.samplesPerSecond') return `sum(rate(tickwatch_ingest_samples_total${of(tenantId)}[${w}]))`
  if (limit === 'ingest.requestsPerSecond') {
    return `sum(rate(tickwatch_ingest_requests_total${of(tenantId, ',code!="429"')}[${w}]))`
  }
  return `sum(max_over_time(tickwatch_ingest_active_series${of(tenantId)}[${w}]))`
}

/**
 * What was refused, in the limit's unit, so that used + refused = demand. Null for active series: only the samples of
 * refused series are counted over time, not the series.
 */
export function refusedQuery(limit: MeteredLimit, tenantId: string, stepSeconds: number): string | null {
  const w = window(stepSeconds)
  if (limit === 'ingest.samplesPerSecond')
    return `sum(rate(tickwatch_ingest_refused_samples_total${of(tenantId)}[${w}]))`
  if (limit === 'ingest.requestsPerSecond') {
    return `sum(rate(tickwatch_ingest_requests_total${of(tenantId, ',code="429"')}[${w}]))`
  }
  return null
}

/** The 99th percentile of the five-minute means of the last seven days. */
export const p99Query = (limit: MeteredLimit, tenantId: string) =>
  `quantile_over_time(0.99, (${usedQuery(limit, tenantId, 300)})[7d:5m])`

export const refused24hQuery = (tenantId: string) =>
  `sum(increase(tickwatch_ingest_refused_samples_total${of(tenantId)}[24h]))`

/** Age of the newest sample that a query can see. */
export const freshnessQuery = `time() - max(timestamp(tickwatch_policy_applied_version{${platform}}))`
