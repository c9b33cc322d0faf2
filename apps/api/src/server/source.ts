import { isIP } from 'node:net'

type Asked = { ip: string; socket: { remoteAddress?: string | undefined } }

/** The address of the client: Fastify's `ip`, or that of the peer if a proxy passed on something other than an address. */
export const sourceOf = ({ ip, socket }: Asked): string | null => (isIP(ip) ? ip : (socket.remoteAddress ?? null))
