import { isBlockedByBrowsers, takenPorts } from '../process/ports.ts'
import { allParts, type PortName } from './registry.ts'

export type Ports = Record<PortName, number>
export const portOffsetVariable = 'TICKWATCH_PORT_OFFSET'

/** The ports of all parts before the offset is added. */
const basePorts = Object.assign({}, ...allParts.map(({ ports }) => ports)) as Ports

/** The largest offset with which the highest port is still a valid port. */
const offsetMax = 65_535 - Math.max(...Object.values(basePorts))

/** @throws RangeError if the offset is out of range, or moves a port to one that browsers block. */
export function portsAt(offset: number): Ports {
  if (!Number.isInteger(offset) || offset < 0 || offset > offsetMax) {
    throw new RangeError(`${portOffsetVariable} must be a whole number from 0 to ${offsetMax}`)
  }
  const ports = movedPorts(basePorts, offset)
  const blocked = blockedOf(ports)
  if (blocked) {
    const [name, port] = blocked
    throw new RangeError(`${portOffsetVariable}=${offset} moves ${name} to ${port}, a port that browsers block`)
  }
  return ports
}

/** The same ports, with the offset added to each. */
export const movedPorts = <Ports extends Readonly<Record<string, number>>>(ports: Ports, offset: number) =>
  Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, port + offset])) as Ports

const blockedOf = (ports: Ports) => Object.entries(ports).find(([, port]) => isBlockedByBrowsers(port))

/** An offset with which every port is free, for the message about a taken port. */
export async function freeOffset(): Promise<number> {
  for (let offset = 1_000; offset <= offsetMax; offset += 500) {
    const ports = movedPorts(basePorts, offset)
    if (!blockedOf(ports) && (await takenPorts(ports)).length === 0) return offset
  }
  throw new Error('no port offset is free')
}
