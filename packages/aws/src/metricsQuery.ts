import { setTimeout as sleep } from 'node:timers/promises'
import { answerWithinMs } from '@tickwatch/policy'
import { AwsRefused, AwsUnavailable } from './errors.ts'
import { parseAnswer, type Series } from './queryAnswer.ts'
import { readBody, retryAfterSeconds } from './response.ts'
import { answerBytesMax, formHeaders, openWorkspace } from './workspace.ts'

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

const connections = 16
const attempts = 3
const firstDelayMs = 100

/**
 * @param endpoint the workspace's URL, such as `https://aps-workspaces.<region>.amazonaws.com/workspaces/<id>`
 * @param withinMs the deadline of one query with all its attempts
 * @throws TypeError if the endpoint is not a URL, or if the region to sign for is unknown.
 */
export function createMetricsQuery(endpoint: string, withinMs: number = answerWithinMs.storage): MetricsQuery {
  const workspace = openWorkspace(endpoint, { connections, maxResponseSize: answerBytesMax })

  /** Uses POST, because a query may be longer than a URL can be. */
  async function attempt(path: string, form: string, signal: AbortSignal): Promise<Series[]> {
    let status: number
    let text: string
    let waitSeconds: number | null
    try {
      const answer = await workspace.request({ method: 'POST', path, headers: formHeaders, body: form, signal })
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
    return parseAnswer(text)
  }

  async function query(path: string, parameters: Record<string, string>): Promise<Series[]> {
    // AMP need not compute what nobody waits for.
    const form = new URLSearchParams({ ...parameters, timeout: `${withinMs}ms` }).toString()
    // One deadline for all attempts: a person waits for the answer, and a query that is too slow is not retried.
    const signal = AbortSignal.timeout(withinMs)
    for (let tried = 1; ; tried += 1) {
      try {
        return await attempt(path, form, signal)
      } catch (cause) {
        if (!(cause instanceof AwsUnavailable) || tried === attempts || signal.aborted) throw cause
        // Full jitter, so that many callers do not retry at the same time.
        await sleep(Math.random() * firstDelayMs * 2 ** tried)
      }
    }
  }

  return {
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
