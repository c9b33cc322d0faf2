import type { ReaderRequest } from '@tickwatch/aws'
import type { ResolvedLimits } from '@tickwatch/policy'
import {
  type Evaluation,
  lookbackDeltaSeconds,
  measure,
  PromqlError,
  parseQuerySliced,
  pinLabelSliced,
  pinSelectorSliced,
  pointsPerSeries,
  type SampleSpan,
  type Sliced,
} from '@tickwatch/promql'
import type { QueryParameters } from './queryParameters.ts'
import { invalid, rangeTooLong, tooFarBack, tooManyPoints } from './queryRefused.ts'
import type { StorageRoute } from './queryRoute.ts'

/** The request to AMP, and how long it may take. */
export type QueryPlan = { request: ReaderRequest; timeoutSeconds: number }

const hourS = 3_600
const dayS = 86_400

/**
 * Turns a reader's request into the request to AMP, in slices: pinned to the tenant, and within its limits.
 * @throws QueryRefused
 */
export function* planQuery(
  route: StorageRoute,
  asked: QueryParameters,
  tenantId: string,
  limits: ResolvedLimits,
  nowS: number,
): Sliced<QueryPlan> {
  const timeoutSeconds = Math.min(asked.timeoutSeconds ?? Number.POSITIVE_INFINITY, limits['query.timeoutSeconds'])
  const isQuery = route.kind === 'instant' || route.kind === 'range'
  const planned = yield* orInvalid((isQuery ? evaluated : selected)(route, asked, tenantId, limits, nowS))
  const form = new URLSearchParams(planned)
  if (isQuery) form.append('timeout', `${Math.ceil(timeoutSeconds * 1_000)}ms`)
  if (asked.limit !== null) form.append('limit', asked.limit)
  if (asked.stats !== null) form.append('stats', asked.stats)
  return { request: requestOf(route, form, isQuery, limits), timeoutSeconds }
}

/** @throws QueryRefused instead of PromqlError. */
export function* orInvalid<T>(read: Sliced<T>): Sliced<T> {
  try {
    return yield* read
  } catch (cause) {
    if (cause instanceof PromqlError) throw invalid(cause.message)
    throw cause
  }
}

function requestOf(
  { path, methods }: StorageRoute,
  form: URLSearchParams,
  isQuery: boolean,
  limits: ResolvedLimits,
): ReaderRequest {
  if (methods.includes('POST')) {
    // AMP documents it as a parameter of the URL, and Grafana sends it there too.
    const query = isQuery ? { max_samples_processed_error_threshold: String(limits['query.samplesMax']) } : {}
    return { method: 'POST', path, query, form: form.toString() }
  }
  const query = Object.fromEntries([...new Set(form.keys())].map((name) => [name, form.getAll(name)]))
  return { method: 'GET', path, query, form: '' }
}

/** Plans a query that AMP evaluates, at one time or from start to end. */
function* evaluated(
  { kind }: StorageRoute,
  asked: QueryParameters,
  tenantId: string,
  limits: ResolvedLimits,
  nowS: number,
): Sliced<[string, string][]> {
  if (asked.query === null) throw invalid('the parameter query is missing')
  const query = yield* parseQuerySliced(asked.query)
  const [evaluation, times] = kind === 'instant' ? atATime(asked, nowS) : overARange(asked)
  const points = pointsPerSeries(query, evaluation, asked.stepSeconds ?? 1)
  const pointsMax = limits['query.pointsPerSeriesMax']
  if (points > pointsMax) throw tooManyPoints(points, pointsMax)
  const span = measure(query, evaluation)
  if (span) judge(span, limits, nowS)
  return [['query', yield* pinLabelSliced(query, 'tenant', tenantId)], ...times]
}

function atATime({ timeSeconds }: QueryParameters, nowS: number): [Evaluation, [string, string][]] {
  const at = timeSeconds ?? nowS
  return [{ startSeconds: at, endSeconds: at }, timeSeconds === null ? [] : [['time', `${timeSeconds}`]]]
}

function overARange({ startSeconds, endSeconds, stepSeconds }: QueryParameters): [Evaluation, [string, string][]] {
  if (startSeconds === null || endSeconds === null || stepSeconds === null) {
    throw invalid('a range query needs start, end and step')
  }
  if (endSeconds < startSeconds) throw invalid('end is before start')
  const times: [string, string][] = [
    ['start', `${startSeconds}`],
    ['end', `${endSeconds}`],
    ['step', `${stepSeconds}`],
  ]
  return [{ startSeconds, endSeconds }, times]
}

/**
 * Plans a request for series or labels. Without start and end it covers all the time that the limits allow. A request
 * for labels over a longer time covers the newest part of it: Grafana asks for the labels of a dashboard's whole time.
 */
function* selected(
  { kind }: StorageRoute,
  { matches, ...asked }: QueryParameters,
  tenantId: string,
  limits: ResolvedLimits,
  nowS: number,
): Sliced<[string, string][]> {
  if (kind === 'series' && matches.length === 0) throw invalid('the parameter match[] is missing')
  const end = asked.endSeconds ?? nowS
  if (asked.startSeconds !== null && end < asked.startSeconds) throw invalid('end is before start')
  const newest = Math.min(end, nowS)
  const allowed = Math.max(
    newest - limits['query.rangeHoursMax'] * hourS,
    nowS - limits['query.lookbackDaysMax'] * dayS,
  )
  const earliest = Math.min(newest, allowed)
  const asks = asked.startSeconds ?? earliest
  const start = kind === 'labels' ? Math.max(asks, earliest) : asks
  judge({ earliestSeconds: start, latestSeconds: newest }, limits, nowS)
  const pinned: [string, string][] = []
  for (const match of matches.length === 0 ? ['{}'] : matches) {
    pinned.push(['match[]', yield* pinSelectorSliced(match, 'tenant', tenantId)])
  }
  return [...pinned, ['start', `${start}`], ['end', `${end}`]]
}

/**
 * Checks range and lookback. Both may exceed the limit by Prometheus' own lookback delta: a graph of exactly the
 * allowed range reads that much more at its left edge, and its times were chosen a moment ago.
 */
function judge({ earliestSeconds, latestSeconds }: SampleSpan, limits: ResolvedLimits, nowS: number): void {
  const rangeS = latestSeconds - earliestSeconds
  const rangeHoursMax = limits['query.rangeHoursMax']
  if (!(rangeS <= rangeHoursMax * hourS + lookbackDeltaSeconds)) throw rangeTooLong(rangeS / hourS, rangeHoursMax)
  const backS = nowS - earliestSeconds
  const lookbackDaysMax = limits['query.lookbackDaysMax']
  if (!(backS <= lookbackDaysMax * dayS + lookbackDeltaSeconds)) throw tooFarBack(backS / dayS, lookbackDaysMax)
}
