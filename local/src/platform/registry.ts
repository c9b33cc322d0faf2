import { alertmanagerPart } from '../parts/alertmanager/part.ts'
import { ampPart } from '../parts/amp/part.ts'
import { apiPart } from '../parts/api.ts'
import { ministackPart } from '../parts/aws/part.ts'
import { envoyPart } from '../parts/envoy/part.ts'
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

/** All parts of the local platform, in the order in which people see them. `after` decides the order of the start. */
export const parts: readonly PartSpec[] = specs
export const partNames: readonly string[] = parts.map(({ name }) => name)

/** @throws RangeError with the names of all parts if there is no part with this name. */
export function mustBePart(name: string): void {
  if (!partNames.includes(name)) {
    throw new RangeError(`There is no part "${name}". The parts are: ${partNames.join(', ')}`)
  }
}
