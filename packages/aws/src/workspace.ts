import { type Dispatcher, errors, Pool } from 'undici'
import { createRequestSigner, signingRegion, type Target } from './requestSigner.ts'

/** A request to a path below the workspace, such as `/api/v1/query`. */
export type WorkspaceRequest = {
  method: 'GET' | 'POST'
  path: string
  /** The URL's parameters. */
  query?: Target['query']
  headers?: Record<string, string>
  /** It must not change until the answer is there. */
  body?: Uint8Array | string
  /** Gives up on it, and on what is left of the answer's body. */
  signal: AbortSignal
}

/** An AMP workspace's own endpoint: every request is signed for it and goes over a kept-alive connection. */
export type Workspace = {
  host: string
  /** @throws what undici does when there is no answer. */
  request(request: WorkspaceRequest): Promise<Dispatcher.ResponseData>
  /** Ends the connections once the requests under way have their answers. */
  close(): Promise<void>
}

/** Of a query, which is sent by POST because it may be longer than a URL. */
export const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' }
/** Most bytes of an answer to a query: an answer that is larger helps no graph. */
export const answerBytesMax = 64 * 1_024 * 1_024

const connectTimeoutMs = 2_000

/**
 * @param endpoint the workspace's URL, such as `https://aps-workspaces.<region>.amazonaws.com/workspaces/<id>`
 * @param limits of the pool: connections, and the bytes that an answer may have
 * @throws TypeError when the endpoint is no URL, or no region is known to sign for.
 */
export function openWorkspace(endpoint: string, limits: { connections: number; maxResponseSize?: number }): Workspace {
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
  }
}

/** As SigV4 spells parameters (RFC 3986), so that nothing on the way has a reason to spell them anew. */
function search(query: Target['query']): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one) => `${escapeStrictly(name)}=${escapeStrictly(one)}`),
  )
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

const escapeStrictly = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** Sends again, once, what a kept-alive connection that ended just as it was used did not carry: for what may be done twice. */
export async function onceMore<T>(send: () => Promise<T>): Promise<T> {
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
