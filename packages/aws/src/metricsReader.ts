import type { Readable } from 'node:stream'
import { AwsUnavailable } from './errors.ts'
import { readBody, retryAfterSeconds } from './response.ts'
import { answerBytesMax, formHeaders, onceMore, openWorkspace } from './workspace.ts'

/** A request to Prometheus' query API, below the workspace. */
export type ReaderRequest = {
  /** GET where Prometheus takes no POST: then `form` is not sent. */
  method: 'GET' | 'POST'
  /** Such as `/api/v1/query`. */
  path: string
  /** The URL's parameters. */
  query: Readonly<Record<string, string | readonly string[]>>
  form: string
}

/** AMP's answer, whatever its status. */
export type ReaderAnswer = {
  status: number
  contentType: string
  /** Rounded up; null where AMP gave none. */
  retryAfterSeconds: number | null
  /**
   * Of 2xx it comes as it is read, and ends with an error when it is cut off or larger than 64 MiB. Of any other status it is
   * here, at most the first 16 KB of it.
   */
  body: Readable | string
}

/** Passes readers' requests on to an AMP workspace, and its answers back as they come. */
export type MetricsReader = {
  /**
   * @param signal gives up on the answer, and on what is left of its body
   * @throws AwsUnavailable when AMP can't be reached, or `signal` came before it answered.
   */
  read(request: ReaderRequest, signal: AbortSignal): Promise<ReaderAnswer>
  /** Ends the connections once the answers under way are read. */
  close(): Promise<void>
}

/** Answers are waited for longer than those of writes: of each tenant many may be under way. */
const connections = 128
const errorBytesKept = 16_384

/**
 * @param endpoint the workspace's URL, such as `https://aps-workspaces.<region>.amazonaws.com/workspaces/<id>`
 * @throws TypeError when the endpoint is no URL, or no region is known to sign for.
 */
export function createMetricsReader(endpoint: string): MetricsReader {
  const workspace = openWorkspace(endpoint, { connections, maxResponseSize: answerBytesMax })
  return {
    async read({ method, path, query, form }, signal) {
      const sent =
        method === 'GET'
          ? { method, path, query, signal }
          : { method, path, query, signal, headers: formHeaders, body: form }
      try {
        const { statusCode, headers, body } = await onceMore(() => workspace.request(sent))
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
    close: () => workspace.close(),
  }
}
