import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import type { Upstream } from '../parts/envoy/endpoints.ts'
import type { CertificateFiles } from '../platform/localState.ts'
import { freePort } from '../process/ports.ts'

/** A stand-in for a gateway: a Unix socket that records its requests, and a `/ready` that can be turned off. */
export type EnvoyUpstream = {
  upstream: Upstream
  socket: Server
  http: Server
  /** If `dies`, it ends the connection of each request instead of answering it. */
  state: { ready: boolean; dies: boolean; seen: IncomingHttpHeaders[] }
  close(): void
}

export async function openEnvoyUpstream(
  dir: string,
  id: string,
  onRequest: (headers: IncomingHttpHeaders) => void,
): Promise<EnvoyUpstream> {
  const upstream = { id, socket: join(dir, `${id}.sock`), httpPort: await freePort() }
  const state = { ready: true, dies: false, seen: [] as IncomingHttpHeaders[] }
  const socket = createServer((req, res) => {
    state.seen.push(req.headers)
    onRequest(req.headers)
    req.resume().on('end', () => (state.dies ? req.socket.destroy() : res.writeHead(204).end()))
  })
  const http = createServer((_req, res) => res.writeHead(state.ready ? 200 : 503).end())
  await new Promise<void>((resolve) => socket.listen(upstream.socket, resolve))
  await new Promise<void>((resolve) => http.listen(upstream.httpPort, '127.0.0.1', resolve))
  const close = () => {
    socket.close()
    http.close()
  }
  return { upstream, socket, http, state, close }
}

/** Sends one request over a connection of its own. Returns the status. */
export function askEnvoy(
  url: string,
  caFile: string,
  certificate: CertificateFiles | null,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(url, {
      method,
      ca: readFileSync(caFile),
      ...(certificate ? { cert: readFileSync(certificate.cert), key: readFileSync(certificate.key) } : {}),
      headers,
      agent: false,
    })
    call.on('response', (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    call.on('error', reject)
    call.end(method === 'POST' ? 'body' : undefined)
  })
}
