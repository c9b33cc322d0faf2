import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

/** The ports above 1,024 that browsers and fetch block. https://fetch.spec.whatwg.org/#port-blocking */
const blockedPorts = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
])
export const isBlockedByBrowsers = (port: number) => blockedPorts.has(port)

/**
 * A loopback port that no program uses now, and that no other call returns while this process runs. It is below those
 * that Linux gives to outgoing connections and above those of the platforms, so that nothing takes it while a part
 * restarts.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 24_000 + Math.floor(Math.random() * 8_000)
    if ((await claimed(port)) && !(await taken(port))) return port
  }
}

/**
 * Between our look at a port and the moment a program listens on it, tests in another process may look too. So a port is
 * claimed by the UDP socket of the same number, which the parts do not use and the system gives to one process only.
 */
const claimed = (port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const claim = createSocket('udp4').unref()
    claim.once('error', (error: NodeJS.ErrnoException) => {
      claim.close()
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    claim.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true))
  })

/** The addresses of `localhost`. A browser tries the second one first. Without IPv6 nothing listens on it. */
const loopbacks = ['127.0.0.1', '::1']
const absent = ['EADDRNOTAVAIL', 'EAFNOSUPPORT']

const taken = async (port: number): Promise<boolean> =>
  (await Promise.all(loopbacks.map((host) => listensAt(host, port)))).includes(true)

async function listensAt(host: string, port: number): Promise<boolean> {
  const server = createServer()
  const answer = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(true)
      else if (absent.includes(error.code ?? '')) resolve(false)
      else reject(error)
    })
    server.listen(port, host, () => resolve(false))
  })
  if (server.listening) await new Promise((resolve) => server.close(resolve))
  return answer
}

/** Returns those of the given ports that a program listens on, in the given order. */
export async function takenPorts(ports: Readonly<Record<string, number>>): Promise<{ name: string; port: number }[]> {
  const found: { name: string; port: number }[] = []
  for (const [name, port] of Object.entries(ports)) {
    if (await taken(port)) found.push({ name, port })
  }
  return found
}
