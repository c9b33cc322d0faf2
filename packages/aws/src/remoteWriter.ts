import { AwsUnavailable } from './errors.ts'
import { readBody, retryAfterSeconds } from './response.ts'
import { openWorkspace, retryOnce } from './workspace.ts'

/** AMP's answer to one write. */
export type WriteAnswer = {
  status: number
  /** At most its first 4 KB. */
  body: string
  /** Rounded up; null if AMP sent none. */
  retryAfterSeconds: number | null
}

/** Prometheus remote write 1.0 into an AMP workspace over kept-alive connections. */
export type RemoteWriter = {
  /**
   * Sends one request and returns AMP's answer, whatever its status.
   * @param body snappy-compressed `prometheus.WriteRequest`; it must not change until the promise settles.
   * @throws AwsUnavailable if AMP is unreachable or does not answer within 15 s. It may still have stored the samples.
   */
  write(body: Uint8Array): Promise<WriteAnswer>
  /** Sends an empty write to find out if AMP would accept one now: it is reachable, and our key has the permission. */
  ready(): Promise<boolean>
  /** Ends the connections when the current writes have their answers. */
  close(): Promise<void>
}

const writeHeaders = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
  'user-agent': 'tickwatch-gateway',
}
/** Zero bytes compressed with snappy: a WriteRequest without series. */
const emptyWrite = new Uint8Array([0])
const path = '/api/v1/remote_write'
const connections = 64
const answerTimeoutMs = 15_000
const bodyBytesKept = 4_096

/**
 * @param endpoint the workspace's URL, such as `https://aps-workspaces.<region>.amazonaws.com/workspaces/<id>`
 * @throws TypeError if the endpoint is not a URL, or if the region to sign for is unknown.
 */
export function createRemoteWriter(endpoint: string): RemoteWriter {
  const workspace = openWorkspace(endpoint, { connections })

  async function send(body: Uint8Array): Promise<WriteAnswer> {
    // One deadline for everything, because the pool's own timeouts start only when a connection is free.
    const signal = AbortSignal.timeout(answerTimeoutMs)
    const answer = await workspace.request({ method: 'POST', path, headers: writeHeaders, body, signal })
    const text = await readBody(answer.body, bodyBytesKept)
    return {
      status: answer.statusCode,
      body: text,
      retryAfterSeconds: retryAfterSeconds(answer.headers['retry-after'], Date.now()),
    }
  }

  async function write(body: Uint8Array): Promise<WriteAnswer> {
    try {
      // A retry is safe: AMP stores equal samples once.
      return await retryOnce(() => send(body))
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new AwsUnavailable(`AMP remote write to ${workspace.host} failed: ${why}`, { cause })
    }
  }

  return {
    write,
    async ready() {
      try {
        const { status } = await write(emptyWrite)
        return status < 500 && ![401, 403, 404].includes(status)
      } catch (cause) {
        if (cause instanceof AwsUnavailable) return false
        throw cause
      }
    },
    close: () => workspace.close(),
  }
}
