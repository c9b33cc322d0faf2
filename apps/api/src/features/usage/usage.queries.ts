import { limitOfReason, type MeteredLimit, type RefusalReason, refusalReasons, unreadReasons } from '@tickwatch/policy'

/** The platform's agent writes the gateways' metrics as this tenant, every 5 s. */
const platform = 'tenant="tickwatch"'
const of = (tenantId: string, more = '') => `{${platform},tenant_id="${tenantId}"${more}}`

/**
 * Every figure of the past is computed from the value at each of these steps of the clock, whatever the range. So a
 * longer range never has a lower maximum or fewer seconds of refusals than a shorter one inside it (docs/adr/0023).
 */
export const resolutionSeconds = 15
/** Four scrapes. They hold three increases, so that each increase is in the window of exactly one step. */
const window = '20s'
/** The metrics of a step are in the store by then: a scrape may be 5 s away, and writing takes a moment. */
const settledSeconds = 10
const pointsAbout = 300

/** The newest step of which the store has everything. */
export const settledAt = (nowMs: number): number =>
  Math.floor((nowMs / 1_000 - settledSeconds) / resolutionSeconds) * resolutionSeconds

/** Seconds between the points of a chart: a round number that gives about 300 points. */
export function chartStepSeconds(rangeSeconds: number): number {
  const wanted = rangeSeconds / pointsAbout
  return roundSteps.find((step) => step >= wanted) ?? 10_800
}
/** Multiples of the resolution. */
const roundSteps = [15, 30, 60, 120, 300, 600, 900, 1_200, 1_800, 2_400, 3_600, 7_200]

/** What the tenant used of a limit, in the limit's unit. */
export function usedQuery(limit: MeteredLimit, tenantId: string): string {
  if (limit === 'ingest.samplesPerSecond') return `sum(rate(tickwatch_ingest_samples_total${of(tenantId)}[${window}]))`
  if (limit === 'ingest.requestsPerSecond') {
    return `sum(rate(tickwatch_ingest_requests_total${of(tenantId, ',code!~"429|529"')}[${window}]))`
  }
  return `sum(max_over_time(tickwatch_ingest_active_series${of(tenantId)}[${window}]))`
}

/**
 * What was refused because of a limit, in the limit's unit, so that used + refused = demand. No value, or 0, if nothing
 * was refused. Of active series it is the number of series that are refused while some of their samples are.
 */
export function refusedQuery(limit: MeteredLimit, tenantId: string): string {
  const samples = refusedSamples(limit, tenantId)
  if (limit !== 'series.activeMax') return samples
  // Samples may be refused a moment before their series are counted, and old gateways do not count them.
  return `clamp_min(${refusedSeries(tenantId)} or vector(1), 1) and ${samples} > 0`
}

function refusedSamples(limit: MeteredLimit, tenantId: string): string {
  const reasons = reasonsOf(limit).join('|')
  return `sum(rate(tickwatch_ingest_refused_samples_total${of(tenantId, `,reason=~"${reasons}"`)}[${window}]))`
}

const refusedSeries = (tenantId: string) =>
  `sum(max_over_time(tickwatch_ingest_refused_series${of(tenantId)}[${window}]))`

/** What a chart asks for: queries with at most one series. */
export type ChartQueries = {
  used: string
  /** Asked only where something was refused, if `first` is `refusing`. */
  refused: string
  /** It has a value, above 0, only where something was refused. Asked only there, if `first` is `refused`. */
  refusing: string
  first: 'refused' | 'refusing'
  /** What was refused at least where something was. */
  refusedMin: number
}

/** The same as {@link usedQuery} and {@link refusedQuery}, in the form that the store computes fastest. */
export function chartQueries(limit: MeteredLimit, tenantId: string): ChartQueries {
  const used = usedQuery(limit, tenantId)
  const samples = refusedSamples(limit, tenantId)
  if (limit !== 'series.activeMax') return ofRates(used, samples)
  const refusing = `${samples} > 0`
  const refused = `${refusedSeries(tenantId)} and ${refusing}`
  return { used, refused, refusing, first: 'refusing', refusedMin: 1 }
}

const ofRates = (used: string, refused: string): ChartQueries => ({
  used,
  refused,
  refusing: `${refused} > 0`,
  first: 'refused',
  refusedMin: 0,
})

/** The reasons for which samples or requests are refused because of a limit. */
export const reasonsOf = (limit: MeteredLimit): RefusalReason[] =>
  (Object.keys(refusalReasons) as RefusalReason[]).filter((reason) => limitOfReason[reason] === limit)

/** One gateway, or with null the whole fleet. */
export type GatewayId = string | null

const ofGateway = (gatewayId: GatewayId, more = '') =>
  `{${platform}${gatewayId === null ? '' : `,gateway="${gatewayId}"`}${more}}`

/** Samples per second that gateways accepted, of all tenants. */
const acceptedQuery = (gatewayId: GatewayId) =>
  `sum(rate(tickwatch_gateway_samples_total${ofGateway(gatewayId)}[${window}]))`

/** Samples per second that gateways refused. Of a request that was refused unread nobody knows how many it held. */
const refusedSamplesQuery = (gatewayId: GatewayId) =>
  `sum(rate(tickwatch_gateway_refused_samples_total${ofGateway(gatewayId, `,reason!~"${[...unreadReasons].join('|')}"`)}[${window}]))`

export const trafficQueries = (gatewayId: GatewayId): ChartQueries =>
  ofRates(acceptedQuery(gatewayId), refusedSamplesQuery(gatewayId))

/** What gateways refused per second, by reason: samples, or requests for an unread reason. */
export const refusedByReasonQuery = (gatewayId: GatewayId) =>
  `sum by (reason) (rate(tickwatch_gateway_refused_samples_total${ofGateway(gatewayId)}[${window}]))`

/** The gateways of a release that does not report its traffic yet, so that no sum over the fleet has it. */
export const notCountedQuery = `count(tickwatch_policy_applied_version{${platform}} unless on (instance) tickwatch_gateway_samples_total{${platform}})`

export type OverTime = 'max_over_time' | 'min_over_time' | 'count_over_time'

/**
 * A function over the values at each step of the last `seconds`, a multiple of the resolution. The window is a second
 * shorter, because some versions of Prometheus include both its ends.
 */
export const over = (fn: OverTime, promql: string, seconds: number) =>
  `${fn}((${promql})[${seconds - 1}s:${resolutionSeconds}s])`

/** The time of each value, instead of the value. */
export const timesOf = (promql: string) => `(${promql}) * 0 + time()`

/** The use that was exceeded in 1 % of the steps of the last seven days. */
export const p99Query = (limit: MeteredLimit, tenantId: string) =>
  `quantile_over_time(0.99, (${usedQuery(limit, tenantId)})[7d:${resolutionSeconds}s])`

/** @param counted all refusals, or those after which a sender drops its samples */
export const refused24hQuery = (counted: 'refused' | 'lost', tenantId: string) =>
  `sum by (reason) (increase(tickwatch_ingest_${counted}_samples_total${of(tenantId)}[24h]))`

export const refusedQueries24hQuery = (tenantId: string) =>
  `sum by (reason) (increase(tickwatch_query_refused_total${of(tenantId)}[24h]))`
