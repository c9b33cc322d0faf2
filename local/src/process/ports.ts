import { createServer } from 'node:net'

/** What listens where, before `TICKWATCH_PORT_OFFSET` is added; each with the name that a taken one is reported by. */
const basePorts = {
  web: 3000,
  issuer: 3100,
  api: 4000,
  machine: 4443,
  ministack: 4566,
  amp: 9009,
  prometheus: 9090,
  agentAcme: 9091,
  agentPlatform: 9092,
  nodeExporter: 9100,
  gateway1: 9101,
  gateway2: 9102,
  writers: 9443,
  readers: 9444,
  envoyAdmin: 9901,
  postgres: 54329,
} as const

export type PortName = keyof typeof basePorts
export type Ports = Record<PortName, number>
export const portOffsetVariable = 'TICKWATCH_PORT_OFFSET'

/** Postgres has the highest port, and 65535 is the last there is. */
const offsetMax = 65_535 - basePorts.postgres

/** Ports that browsers and fetch refuse to speak to, above 1,024. https://fetch.spec.whatwg.org/#port-blocking */
const blockedPorts = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
])

/** @throws RangeError when the offset leaves no room for all ports, or moves one to where no browser goes. */
export function portsAt(offset: number): Ports {
  if (!Number.isInteger(offset) || offset < 0 || offset > offsetMax) {
    throw new RangeError(`${portOffsetVariable} must be a whole number from 0 to ${offsetMax}`)
  }
  const blocked = blockedAt(offset)
  if (blocked) {
    const [name, port] = blocked
    throw new RangeError(`${portOffsetVariable}=${offset} moves ${name} to ${port}, a port that browsers block`)
  }
  return Object.fromEntries(Object.entries(basePorts).map(([name, port]) => [name, port + offset])) as Ports
}

const blockedAt = (offset: number) =>
  Object.entries(basePorts)
    .map(([name, port]) => [name, port + offset] as const)
    .find(([, port]) => blockedPorts.has(port))

/** A loopback port that nothing uses now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port')
  return address.port
}

/** What `localhost` may mean; a browser tries the second first. Where there is no IPv6, nothing listens on it. */
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

/** The ports that something else listens on, in the order of the table. */
export async function takenPorts(ports: Ports): Promise<{ name: PortName; port: number }[]> {
  const found: { name: PortName; port: number }[] = []
  for (const name of Object.keys(basePorts) as PortName[]) {
    if (await taken(ports[name])) found.push({ name, port: ports[name] })
  }
  return found
}

/** An offset at which every port is free, for the sentence that names a taken one. */
export async function freeOffset(): Promise<number> {
  for (let offset = 1_000; offset <= offsetMax; offset += 500) {
    if (!blockedAt(offset) && (await takenPorts(portsAt(offset))).length === 0) return offset
  }
  throw new Error('no port offset is free')
}
