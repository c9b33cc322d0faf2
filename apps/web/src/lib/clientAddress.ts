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
