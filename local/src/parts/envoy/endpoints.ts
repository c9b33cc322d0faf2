import { join } from 'node:path'
import { writeJson } from '../../process/writeJson.ts'
import { gatewayKey } from './listener.ts'
import { extension, tcp } from './messages.ts'

export type Upstream = {
  /**
   * The gateway's id. Envoy hashes it to choose a writer's gateway, so writers keep theirs when others come and go. Probes
   * name it.
   */
  id: string
  /** The Unix socket on which the gateway serves writers and readers. */
  socket: string
  /** Its TCP port on 127.0.0.1, for `/ready`. */
  httpPort: number
}

/** The name of the list of gateways in the file. All clusters use this list. */
export const endpointsName = 'gateways'
export const endpointsFile = (dir: string) => join(dir, 'endpoints.json')

/** The content of that file. */
export function endpointsOf(gateways: readonly Upstream[]): object {
  const assignment = extension('envoy.config.endpoint.v3.ClusterLoadAssignment', {
    cluster_name: endpointsName,
    endpoints: [
      {
        lb_endpoints: gateways.map(({ id, socket, httpPort }) => ({
          metadata: { filter_metadata: { 'envoy.lb': { hash_key: id, [gatewayKey]: id } } },
          endpoint: {
            address: { pipe: { path: socket } },
            health_check_config: { address: tcp(httpPort) },
          },
        })),
      },
    ],
  })
  return { resources: [assignment] }
}

/**
 * Writes the gateways that the Envoy of this folder sends requests to. A running Envoy applies the file within a
 * second: a new gateway gets requests when it is ready, and a gateway that was removed from the file gets no new ones.
 */
export function writeEndpoints(dir: string, gateways: readonly Upstream[]): void {
  writeJson(endpointsFile(dir), endpointsOf(gateways))
}
