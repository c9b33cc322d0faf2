import { alertmanagerPart } from '../parts/alertmanager/part.ts'
import { ampPart } from '../parts/amp/part.ts'
import { apiPart } from '../parts/api.ts'
import { ministackPart } from '../parts/aws/part.ts'
import { envoyPart } from '../parts/envoy/part.ts'
import { fleetPart } from '../parts/fleet/part.ts'
import { gatewayPart, gateways } from '../parts/gateway.ts'
import { issuerPart } from '../parts/issuer/part.ts'
import { postgresPart } from '../parts/postgres/part.ts'
import { probePart } from '../parts/probe.ts'
import { acmeAgentPart, nodeExporterPart, platformAgentPart, prometheusPart } from '../parts/prometheus/parts.ts'
import { receiversPart } from '../parts/receivers/part.ts'
import { webPart } from '../parts/web.ts'
import { producersPart } from '../producers/part.ts'
import type { PartSpec } from './part.ts'

const specs = [
  postgresPart,
  ministackPart,
  prometheusPart,
  alertmanagerPart,
  ampPart,
  issuerPart,
  receiversPart,
  apiPart,
  webPart,
  fleetPart,
  ...gateways.map(gatewayPart),
  envoyPart,
  nodeExporterPart,
  acmeAgentPart,
  platformAgentPart,
  probePart,
  producersPart,
] as const
type KeyOf<T> = T extends unknown ? keyof T : never
export type PortName = KeyOf<(typeof specs)[number]['ports']>

/** The parts of every platform. */
export const allParts: readonly PartSpec[] = specs

/**
 * The parts of a platform, in the order in which people see them. `after` decides the order of the start.
 * @param hasFleet whether the gateways are instances of the fleet; otherwise each is a part
 */
export const partsOf = (hasFleet: boolean): readonly PartSpec[] =>
  allParts.filter(({ name }) => (hasFleet ? !gatewayIds.includes(name) : name !== fleetPart.name))

const gatewayIds: readonly string[] = gateways.map(({ id }) => id)

/** The parts that must run before Envoy sends anything. */
export const gatewayPartsOf = (hasFleet: boolean): readonly string[] => (hasFleet ? [fleetPart.name] : gatewayIds)

/** @throws RangeError with the names of all parts if there is no part with this name. */
export function mustBePart(name: string, hasFleet: boolean): void {
  const names = partsOf(hasFleet).map((part) => part.name)
  if (!names.includes(name)) {
    throw new RangeError(`There is no part "${name}". The parts are: ${names.join(', ')}`)
  }
}
