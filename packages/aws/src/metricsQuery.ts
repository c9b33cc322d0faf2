import { setTimeout as sleep } from 'node:timers/promises'
import { AwsRefused, AwsUnavailable } from './errors.ts'
import { parseAnswer, type Series } from './queryAnswer.ts'
import { readBody, retryAfterSeconds } from './response.ts'
import { answerBytesMax, formHeaders, openWorkspace } from './workspace.ts'

/** PromQL against an AMP workspace. Times are seconds since the epoch. */
export type MetricsQuery = {
  /**
   * @throws AwsRefused when AMP will not answer this query, with its reason.
   * @throws AwsUnavailable when AMP can't be reached, throttles or fails, after three attempts or 20 s.
   */
  range(promql: string, startSeconds: number, endSeconds: number, stepSeconds: number): Promise<Series[]>
  /** At a time, or now. Each series has one point. Throws as `range` does. */
  instant(promql: string, atSeconds?: number): Promise<Series[]>
}

const connections = 16
const answerTimeoutMs = 20_000
const attempts = 3
const firstDelayMs = 100

/**
 * @param endpoint the workspace's URL, such as `https://aps-workspaces.<region>.amazonaws.com/workspaces/<id>`
 * @throws TypeError when the endpoint is no URL, or no region is known to sign for.
 */
export function createMetricsQuery(endpoint: string): MetricsQuery {
  const workspace = openWorkspace(endpoint, { connections, maxResponseSize: answerBytesMax })

  /** By POST, since a query may be longer than a URL. */
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
    const form = new URLSearchParams(parameters).toString()
    // One deadline for all attempts: a query that is too slow is not asked again, and a person waits for the answer.
    const signal = AbortSignal.timeout(answerTimeoutMs)
    for (let tried = 1; ; tried += 1) {
      try {
        return await attempt(path, form, signal)
      } catch (cause) {
        if (!(cause instanceof AwsUnavailable) || tried === attempts || signal.aborted) throw cause
        // Full jitter, so that many callers do not come back together.
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
