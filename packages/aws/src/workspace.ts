import { type Dispatcher, errors, Pool } from 'undici'
import { createRequestSigner, signingRegion, type Target } from './requestSigner.ts'

/** A request to a path below the workspace, such as `/api/v1/query`. */
export type WorkspaceRequest = {
  method: 'GET' | 'POST'
  path: string
  /** The URL's parameters. */
  query?: Target['query']
  headers?: Record<string, string>
  /** It must not change until the answer arrives. */
  body?: Uint8Array | string
  /** Stops waiting for the answer, or for the rest of its body. */
  signal: AbortSignal
}

/** The endpoint of an AMP workspace. It signs every request and sends it over a kept-alive connection. */
export type Workspace = {
  host: string
  /** @throws undici's error if there is no answer. */
  request(request: WorkspaceRequest): Promise<Dispatcher.ResponseData>
  /** Ends the connections when the current requests have their answers. */
  close(): Promise<void>
  /** Ends the connections at once. Requests without an answer fail. */
  destroy(): Promise<void>
}

/** The headers of a query. It is sent by POST, because it may be longer than a URL can be. */
export const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' }
/** The most bytes in an answer to a query. No graph needs more. */
export const answerBytesMax = 64 * 1_024 * 1_024

const connectTimeoutMs = 2_000

/**
 * @param endpoint the workspace's URL, such as `https://aps-workspaces.<region>.amazonaws.com/workspaces/<id>`
 * @param limits the most connections of the pool, the most bytes of an answer, and how long an answer may take
 * @throws TypeError if the endpoint is not a URL, or if the region to sign for is unknown.
 */
export function openWorkspace(
  endpoint: string,
  limits: { connections: number; maxResponseSize?: number; headersTimeout?: number },
): Workspace {
  const url = new URL(endpoint)
  const basePath = url.pathname.replace(/\/$/, '')
  const signer = createRequestSigner(url.host, signingRegion(url, process.env))
  const pool = new Pool(url.origin, { ...limits, connect: { timeout: connectTimeoutMs } })
  return {
    host: url.host,
    async request({ method, path, query = {}, headers = {}, body = '', signal }) {
      const target = { method, path: `${basePath}${path}`, query }
      const signed = await signer.sign(target, headers, body)
      const sent = { method, path: `${target.path}${search(query)}`, headers: signed, signal }
      return pool.request(method === 'GET' ? sent : { ...sent, body })
    },
    close: () => pool.close(),
    destroy: () => pool.destroy(),
  }
}

/** Encodes parameters as SigV4 does (RFC 3986), so that no proxy encodes them again and breaks the signature. */
function search(query: Target['query']): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one) => `${escapeStrictly(name)}=${escapeStrictly(one)}`),
  )
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

const escapeStrictly = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** Retries once if a kept-alive connection ended just as it was used. Only for requests that are safe to send twice. */
export async function retryOnce<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (cause) {
    if (!connectionEnded(cause)) throw cause
    return send()
  }
}

const connectionEnded = (cause: unknown): boolean =>
  cause instanceof errors.SocketError ||
  (cause instanceof Error && 'code' in cause && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE'))
