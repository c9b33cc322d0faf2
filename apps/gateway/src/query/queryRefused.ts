import type { QueryRefusalReason } from '@tickwatch/policy'
import { type Answer, type RefusalText, refusalLine } from '../server/answers.ts'

/** Prometheus' names, where it has one (https://prometheus.io/docs/prometheus/latest/querying/api/). */
const errorTypes: Readonly<Record<number, string>> = {
  400: 'bad_data',
  401: 'unauthorized',
  403: 'forbidden',
  413: 'bad_data',
  422: 'execution',
  429: 'too_many_requests',
  503: 'unavailable',
}

/** A refusal in the shape of Prometheus' errors, which Grafana shows. */
export function queryError(status: number, line: string, headers: Record<string, string> = {}): Answer {
  const errorType = line.startsWith('tw-query-timeout') ? 'timeout' : errorTypes[status]
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ status: 'error', errorType, error: line }),
  }
}

/** A query that the gateway refuses. */
export class QueryRefused extends Error {
  override name = 'QueryRefused'
  readonly status: number
  readonly reason: QueryRefusalReason
  readonly text: RefusalText
  readonly retryAfterSeconds: number | null

  constructor(status: number, reason: QueryRefusalReason, text: RefusalText, retryAfterSeconds: number | null = null) {
    super(text.detail)
    this.status = status
    this.reason = reason
    this.text = text
    this.retryAfterSeconds = retryAfterSeconds
  }

  answer(receipt: string): Answer {
    const wait = this.retryAfterSeconds
    const headers: Record<string, string> = wait === null ? {} : { 'retry-after': String(wait) }
    return queryError(this.status, refusalLine(this.reason, this.text, receipt), headers)
  }
}

export const suspended = (tenantId: string) =>
  new QueryRefused(403, 'suspended', {
    detail: `tenant ${tenantId} is suspended`,
    limit: 'no queries',
    remedy: 'ask the platform team',
  })

export const invalid = (detail: string, status: 400 | 413 = 400) =>
  new QueryRefused(status, 'query-invalid', {
    detail,
    limit: "Prometheus' HTTP API",
    remedy: 'fix the query or its parameters',
  })

export const queriesTooFast = (perMinute: number, seconds: number) =>
  new QueryRefused(
    429,
    'query-rate',
    {
      detail: 'too many queries per minute',
      limit: `${perMinute} queries/min`,
      remedy: `retry after ${seconds} s, refresh less often, or raise the limit in the portal`,
    },
    seconds,
  )

/** @param bytesPerSecond that this gateway parses for the tenant */
export const tooMuchPromql = (bytesPerSecond: number, seconds: number) =>
  new QueryRefused(
    429,
    'query-rate',
    {
      detail: 'the queries have too many bytes of PromQL',
      limit: `${Math.round(bytesPerSecond)} bytes/s`,
      remedy: `retry after ${seconds} s, send shorter queries, or raise the queries per minute in the portal`,
    },
    seconds,
  )

export const tooManyAtOnce = (concurrentMax: number) =>
  new QueryRefused(
    429,
    'query-concurrent',
    {
      detail: 'too many queries run at the same time',
      limit: `${concurrentMax} queries`,
      remedy: 'retry after 1 s, or raise the limit in the portal',
    },
    1,
  )

/** @param running of all tenants @param own of this tenant */
export const storageBusy = (running: number, max: number, own: number) =>
  new QueryRefused(
    own > 0 ? 429 : 503,
    'query-busy',
    {
      detail: `the storage is busy: ${running} queries run through this gateway, ${own} of them yours`,
      limit: `${max} queries of all tenants, at most half of them of one tenant`,
      remedy: 'retry after 1 s, or send fewer queries at the same time',
    },
    1,
  )

export const rangeTooLong = (hours: number, rangeHoursMax: number) =>
  new QueryRefused(422, 'query-range', {
    detail: `the query reads ${rounded(hours)} h`,
    limit: `${rangeHoursMax} h`,
    remedy: 'query a shorter range, or raise the limit in the portal',
  })

export const tooFarBack = (days: number, lookbackDaysMax: number) =>
  new QueryRefused(422, 'query-lookback', {
    detail: `the query reads ${rounded(days)} d back`,
    limit: `${lookbackDaysMax} d`,
    remedy: 'query newer data, or raise the limit in the portal',
  })

export const tooManyPoints = (points: number, pointsMax: number) =>
  new QueryRefused(422, 'query-points', {
    detail: `the query computes ${points} points for each series`,
    limit: `${pointsMax} points`,
    remedy: 'query a longer step or a shorter range, or raise the limit in the portal',
  })

/** @param words AMP's own message */
export const tooManySamples = (words: string, samplesMax: number) =>
  new QueryRefused(422, 'query-samples', {
    detail: words,
    limit: `${samplesMax} samples`,
    remedy: 'query fewer series or a shorter range, or raise the limit in the portal',
  })

export const timedOut = (timeoutSeconds: number) =>
  new QueryRefused(503, 'query-timeout', {
    detail: 'the query takes too long',
    limit: `${timeoutSeconds} s`,
    remedy: 'query fewer series or a shorter range, or raise the limit in the portal',
  })

export const storageAway = (seconds: number) =>
  new QueryRefused(
    503,
    'upstream',
    {
      detail: 'the storage did not answer',
      limit: 'queries that the storage answers',
      remedy: `retry after ${seconds} s`,
    },
    seconds,
  )

/** Rounds up, so that a value just over a limit never looks equal to the limit. */
const rounded = (figure: number) => Math.ceil(figure * 10) / 10
