import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/**
 * The address of the client that sent a request. Each proxy appends the address of its peer to `x-forwarded-for`, so that
 * anyone can forge the addresses before the last `trustedProxies`. Null if nothing is known.
 */
export function clientAddress(
  forwardedFor: string | undefined,
  peer: string | undefined,
  trustedProxies: number,
): string | null {
  const addresses = [...(forwardedFor?.split(',') ?? []), peer ?? ''].map((text) =>
    text.trim().replace(/^::ffff:/i, ''),
  )
  const client = Math.max(0, addresses.length - 1 - trustedProxies)
  // If a proxy wrote something else, the next address is that of this proxy.
  return addresses.slice(client).find((text) => isIP(text)) ?? null
}

/**
 * Replaces the `x-forwarded-for` of every request with the client's address, which the portal passes on to the API. Next.js
 * itself keeps what the browser sent, and does not show the peer's address.
 */
export function setClientAddresses(trustedProxies: number): void {
  subscribe('http.server.request.start', (message) => {
    const { headers, socket } = (message as { request: IncomingMessage }).request
    const sent = headers['x-forwarded-for']
    const client = clientAddress(typeof sent === 'string' ? sent : undefined, socket.remoteAddress, trustedProxies)
    if (client) headers['x-forwarded-for'] = client
    else delete headers['x-forwarded-for']
  })
}
