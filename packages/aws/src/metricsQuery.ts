import { setTimeout as sleep } from 'node:timers/promises'
import { answerWithinMs } from '@tickwatch/policy'
import { AwsRefused, AwsUnavailable } from './errors.ts'
import { parseAnswer, parseNames, type Series } from './queryAnswer.ts'
import { readBody, retryAfterSeconds } from './response.ts'
import { answerBytesMax, formHeaders, openWorkspace, type WorkspaceRequest } from './workspace.ts'

/** PromQL against an AMP workspace. Times are seconds since the epoch. */
export type MetricsQuery = {
  /**
   * @throws AwsRefused with AMP's reason if AMP refuses the query.
   * @throws AwsUnavailable if AMP is unreachable, throttles or fails, after three attempts or 4 s.
   */
  range(promql: string, startSeconds: number, endSeconds: number, stepSeconds: number): Promise<Series[]>
  /** Evaluates at `atSeconds`, or now. Each series has one point. Throws like `range`. */
  instant(promql: string, atSeconds?: number): Promise<Series[]>
}

/** Which series to look at: those that match the selector and have samples from `startSeconds` to `endSeconds`. */
export type SeriesSpan = { match: string; startSeconds: number; endSeconds: number }

/** The names in an AMP workspace, in no order. Both throw like `MetricsQuery`. */
export type MetricsNames = {
  /**
   * The names of the labels of the series, with `__name__`.
   * @param limit how many are enough. A storage that does not know limits sends all.
   */
  labelNames(span: SeriesSpan, limit: number): Promise<string[]>
  /**
   * The values of one label of the series; of `__name__` the names of the metrics.
   * @param label a label's name: letters, digits and `_`
   */
  labelValues(label: string, span: SeriesSpan, limit: number): Promise<string[]>
}

const connections = 16
const attempts = 3
const firstDelayMs = 100

/**
 * @param endpoint the workspace's URL, such as `https://aps-workspaces.<region>.amazonaws.com/workspaces/<id>`
 * @param withinMs the deadline of one query with all its attempts
 * @throws TypeError if the endpoint is not a URL, or if the region to sign for is unknown.
 */
export function createMetricsQuery(
  endpoint: string,
  withinMs: number = answerWithinMs.storage,
): MetricsQuery & MetricsNames {
  const workspace = openWorkspace(endpoint, { connections, maxResponseSize: answerBytesMax })

  async function attempt<T>(request: WorkspaceRequest, read: (text: string) => T): Promise<T> {
    let status: number
    let text: string
    let waitSeconds: number | null
    try {
      const answer = await workspace.request(request)
      status = answer.statusCode
      waitSeconds = retryAfterSeconds(answer.headers['retry-after'], Date.now())
      text = await readBody(answer.body, answerBytesMax)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new AwsUnavailable(`AMP query to ${workspace.host} failed: ${why}`, { cause })
    }
    if (status === 429 || status >= 500) {
      const wait = waitSeconds === null ? '' : `, retry after ${waitSeconds} s`
      throw new AwsUnavailable(`AMP answered a query with ${status}${wait}: ${text.slice(0, 500)}`)
    }
    if (status !== 200) throw new AwsRefused(`AMP refused a query with ${status}: ${text.slice(0, 500)}`, `${status}`)
    return read(text)
  }

  async function ask<T>(request: Omit<WorkspaceRequest, 'signal'>, read: (text: string) => T): Promise<T> {
    // One deadline for all attempts: a person waits for the answer, and a query that is too slow is not retried.
    const signal = AbortSignal.timeout(withinMs)
    for (let tried = 1; ; tried += 1) {
      try {
        return await attempt({ ...request, signal }, read)
      } catch (cause) {
        if (!(cause instanceof AwsUnavailable) || tried === attempts || signal.aborted) throw cause
        // Full jitter, so that many callers do not retry at the same time.
        await sleep(Math.random() * firstDelayMs * 2 ** tried)
      }
    }
  }

  /** Uses POST, because a query may be longer than a URL can be. */
  function query(path: string, parameters: Record<string, string>): Promise<Series[]> {
    // AMP need not compute what nobody waits for.
    const body = new URLSearchParams({ ...parameters, timeout: `${withinMs}ms` }).toString()
    return ask({ method: 'POST', path, headers: formHeaders, body }, parseAnswer)
  }

  /** Uses GET, because the API has no POST for the values of a label. */
  function names(path: string, { match, startSeconds, endSeconds }: SeriesSpan, limit: number): Promise<string[]> {
    const query = { 'match[]': match, start: `${startSeconds}`, end: `${endSeconds}`, limit: `${limit}` }
    return ask({ method: 'GET', path, query }, parseNames)
  }

  return {
    labelNames: (span, limit) => names('/api/v1/labels', span, limit),
    labelValues: (label, span, limit) => names(`/api/v1/label/${label}/values`, span, limit),
    range: (promql, startSeconds, endSeconds, stepSeconds) =>
      query('/api/v1/query_range', {
        query: promql,
        start: `${startSeconds}`,
        end: `${endSeconds}`,
        step: `${stepSeconds}`,
      }),
    instant: (promql, atSeconds) =>
      query('/api/v1/query', {
        query: promql,
        ...(atSeconds === undefined ? {} : { time: `${atSeconds}` }),
      }),
  }
}
