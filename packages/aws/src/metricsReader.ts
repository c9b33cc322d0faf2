import type { Readable } from 'node:stream'
import { AwsUnavailable } from './errors.ts'
import { readBody, retryAfterSeconds } from './response.ts'
import { answerBytesMax, formHeaders, openWorkspace, retryOnce } from './workspace.ts'

/** A request to the Prometheus query API of a workspace. */
export type ReaderRequest = {
  /** GET if the API has no POST; then `form` is not sent. */
  method: 'GET' | 'POST'
  /** For example `/api/v1/query`. */
  path: string
  /** The URL's parameters. */
  query: Readonly<Record<string, string | readonly string[]>>
  form: string
}

/** AMP's answer, whatever its status. */
export type ReaderAnswer = {
  status: number
  contentType: string
  /** Rounded up; null if AMP sent none. */
  retryAfterSeconds: number | null
  /**
   * For a 2xx status a stream, which fails if the answer is incomplete or larger than 64 MiB. For any other status the
   * text, at most its first 16 KB.
   */
  body: Readable | string
}

/** Sends readers' requests to an AMP workspace, and streams its answers back. */
export type MetricsReader = {
  /**
   * @param signal stops waiting for the answer, or for the rest of its body
   * @throws AwsUnavailable if AMP is unreachable or does not answer within 5 minutes, or if `signal` aborts before AMP
   *   answers.
   */
  read(request: ReaderRequest, signal: AbortSignal): Promise<ReaderAnswer>
  /** Ends the connections at once, with the queries whose answers nobody reads. */
  close(): Promise<void>
}

/** More than for writes: a query takes longer, and each tenant may have many at once. */
const connections = 128
const errorBytesKept = 16_384
/** AMP ends every query after a minute. A Prometheus may take longer over one that it can't interrupt. */
const answerTimeoutMs = 300_000

/**
 * @param endpoint the workspace's URL, such as `https://aps-workspaces.<region>.amazonaws.com/workspaces/<id>`
 * @throws TypeError if the endpoint is not a URL, or if the region to sign for is unknown.
 */
export function createMetricsReader(endpoint: string): MetricsReader {
  const workspace = openWorkspace(endpoint, {
    connections,
    maxResponseSize: answerBytesMax,
    headersTimeout: answerTimeoutMs,
  })
  return {
    async read({ method, path, query, form }, signal) {
      const sent =
        method === 'GET'
          ? { method, path, query, signal }
          : { method, path, query, signal, headers: formHeaders, body: form }
      try {
        const { statusCode, headers, body } = await retryOnce(() => workspace.request(sent))
        return {
          status: statusCode,
          contentType: `${headers['content-type'] ?? 'application/json'}`,
          retryAfterSeconds: retryAfterSeconds(headers['retry-after'], Date.now()),
          body: statusCode < 300 ? body : await readBody(body, errorBytesKept),
        }
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new AwsUnavailable(`AMP query to ${workspace.host} failed: ${why}`, { cause })
      }
    },
    close: () => workspace.destroy(),
  }
}
