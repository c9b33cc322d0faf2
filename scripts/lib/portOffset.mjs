import { SetupFault } from './steps.mjs'

/**
 * The ports of the local platform, and those that browsers block. `local/` has both too, but can't be read before the
 * packages are installed, and minutes of installing must not end in the fault of a number. A test compares the two.
 */
const ports = [
  3000, 3100, 4000, 4443, 4566, 4567, 9009, 9090, 9091, 9092, 9093, 9100, 9101, 9102, 9103, 9104, 9105, 9106, 9107,
  9108, 9110, 9200, 9225, 9443, 9444, 9901, 54_329,
]
const blockedPorts = [
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10_080,
]
const offsetMax = 65_535 - Math.max(...ports)

const blockedAt = (offset) => ports.map((port) => port + offset).find((port) => blockedPorts.includes(port))

/**
 * Checks `TICKWATCH_PORT_OFFSET` of this environment before anything is installed.
 * @throws {SetupFault} with an offset that works.
 */
export function checkPortOffset({ TICKWATCH_PORT_OFFSET: text = '0' }) {
  const offset = Number(text)
  if (!Number.isInteger(offset) || offset < 0 || offset > offsetMax) {
    throw new SetupFault(`TICKWATCH_PORT_OFFSET is "${text}"; it must be a whole number from 0 to ${offsetMax}.`)
  }
  const blocked = blockedAt(offset)
  if (blocked === undefined) return
  let next = offset
  while (blockedAt(next) !== undefined) next++
  throw new SetupFault(
    `TICKWATCH_PORT_OFFSET=${offset} moves a part to port ${blocked}, which browsers block.\n` +
      `The next offset that works: TICKWATCH_PORT_OFFSET=${next} npm start`,
  )
}
