import { AwsUnavailable } from './errors.ts'
import { readBody, retryAfterSeconds } from './response.ts'
import { onceMore, openWorkspace } from './workspace.ts'

/** AMP's answer to one write. */
export type WriteAnswer = {
  status: number
  /** At most the first 4 KB of it. */
  body: string
  /** Rounded up; null where AMP gave none. */
  retryAfterSeconds: number | null
}

/** Prometheus remote write 1.0 into an AMP workspace over kept-alive connections. */
export type RemoteWriter = {
  /**
   * Sends one request and returns AMP's answer, whatever its status.
   * @param body snappy-compressed `prometheus.WriteRequest`; it must not change until the promise settles.
   * @throws AwsUnavailable when AMP can't be reached or does not answer in 15 s: whether it took the samples is unknown.
   */
  write(body: Uint8Array): Promise<WriteAnswer>
  /** Whether AMP would take a write now, found out by an empty one: reachable, the key known, the permission there. */
  ready(): Promise<boolean>
  /** Ends the connections once the writes under way have their answers. */
  close(): Promise<void>
}

const writeHeaders = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
  'user-agent': 'tickwatch-gateway',
}
/** Snappy of no bytes, which is a WriteRequest without series. */
const emptyWrite = new Uint8Array([0])
const path = '/api/v1/remote_write'
const connections = 64
const answerTimeoutMs = 15_000
const bodyBytesKept = 4_096

/**
 * @param endpoint the workspace's URL, such as `https://aps-workspaces.<region>.amazonaws.com/workspaces/<id>`
 * @throws TypeError when the endpoint is no URL, or no region is known to sign for.
 */
export function createRemoteWriter(endpoint: string): RemoteWriter {
  const workspace = openWorkspace(endpoint, { connections })

  async function send(body: Uint8Array): Promise<WriteAnswer> {
    // One deadline for all of it: the pool's own timeouts begin only when a connection is free.
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
      // Equal samples are stored once.
      return await onceMore(() => send(body))
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
