import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { clientAddress } from './clientAddress.ts'

/** Next.js answers it with 404, signed in or not. */
const nothing = '/_next/malformed-path'

/** Corrects each request before Next.js sees it. */
export function correctRequests(trustedProxies: number): void {
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage }
    const { headers, socket, url = '/' } = request
    // Next.js keeps what the browser sent, and does not show the peer's address. The portal passes this on to the API.
    const sent = headers['x-forwarded-for']
    const client = clientAddress(typeof sent === 'string' ? sent : undefined, socket.remoteAddress, trustedProxies)
    if (client) headers['x-forwarded-for'] = client
    else delete headers['x-forwarded-for']
    // Next.js answers 500 to a path whose bytes are not UTF-8, such as /t/%ff.
    if (!isUtf8(url.split('?', 1)[0] ?? '')) request.url = nothing
  })
}

function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}
