import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  acceptsProtobuf,
  encodeFamilies,
  familiesText,
  protobufContentType,
  textContentType,
} from '@tickwatch/remote-write/exposition'
import type { ProbeMetrics } from './metrics.ts'

/** `/metrics`, `/healthz` and `/ready`. */
export async function startServer(
  host: string,
  port: number,
  metrics: ProbeMetrics,
  isReady: () => boolean,
): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer(({ url, method, headers }, response) => {
    if (method !== 'GET' && method !== 'HEAD') return respond(response, 405, 'GET only\n')
    if (url === '/healthz') return respond(response, 200, 'ok\n')
    if (url === '/ready') {
      return isReady()
        ? respond(response, 200, 'ready\n')
        : respond(response, 503, 'the API did not say whom to probe\n')
    }
    if (url !== '/metrics') return respond(response, 404, 'not found\n')
    const families = metrics.families()
    if (acceptsProtobuf(headers.accept)) return respond(response, 200, encodeFamilies(families), protobufContentType)
    respond(response, 200, familiesText(families), textContentType)
  })
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(port, host, listening))
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function respond(response: ServerResponse, status: number, body: string | Buffer, type = textContentType): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body)
}
