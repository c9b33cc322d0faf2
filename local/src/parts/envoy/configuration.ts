import { endpointsFile, endpointsName } from './endpoints.ts'
import { clusterNames, readersListener, writersListener } from './envoyListeners.ts'
import { gatewayKey } from './listener.ts'
import { extension, tcp } from './messages.ts'

/** Above this Envoy closes new connections, so that connected writers are still served. */
const connectionsMax = 4_000

export type Edge = {
  /** The folder of Envoy's files: the endpoints and the secrets. */
  dir: string
  /** The address on which writers and readers reach it. */
  host: string
  ports: { writers: number; readers: number; admin: number }
  trustDomain: string
}

/** The configuration of an Envoy in front of gateways, on this machine and in the image of a gateway. */
export function edgeConfiguration({ dir, host, ports, trustDomain }: Edge) {
  return {
    // Envoy requires both before it reads endpoints, even from a file.
    node: { id: 'edge', cluster: 'edge' },
    admin: { address: tcp(ports.admin) },
    // By default Envoy rejects regular expressions of more than 100 steps. That of a SPIFFE id has 607.
    layered_runtime: { layers: [{ name: 'static', static_layer: { 're2.max_program_size.error_level': 1_000 } }] },
    overload_manager: {
      resource_monitors: [
        {
          name: 'envoy.resource_monitors.global_downstream_max_connections',
          typed_config: extension(
            'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
            { max_active_downstream_connections: connectionsMax },
          ),
        },
      ],
    },
    static_resources: {
      listeners: [
        writersListener({ dir, host, port: ports.writers }, trustDomain),
        readersListener({ dir, host, port: ports.readers }, trustDomain),
      ],
      clusters: [
        gateways(clusterNames.writers, 'MAGLEV', dir),
        // Readers have their own cluster, so that they cannot use up the writers' connections and requests.
        gateways(clusterNames.readers, 'LEAST_REQUEST', dir),
        probedGateways(dir),
      ],
    },
  }
}

/** A request that names no gateway, or one that is not in the file or not healthy, is answered with 503 at once. */
function probedGateways(dir: string) {
  const cluster = gateways(clusterNames.probes, 'LEAST_REQUEST', dir)
  return {
    ...cluster,
    lb_subset_config: { fallback_policy: 'NO_FALLBACK', subset_selectors: [{ keys: [gatewayKey] }] },
    common_lb_config: { ...cluster.common_lb_config, healthy_panic_threshold: { value: 0 } },
  }
}

function gateways(name: string, lbPolicy: 'MAGLEV' | 'LEAST_REQUEST', dir: string) {
  return {
    name,
    type: 'EDS',
    eds_cluster_config: {
      service_name: endpointsName,
      eds_config: { resource_api_version: 'V3', path_config_source: { path: endpointsFile(dir) } },
    },
    // Without this a gateway that was removed from the file gets requests for as long as it is healthy.
    ignore_health_on_host_removal: true,
    lb_policy: lbPolicy,
    connect_timeout: '1s',
    // A gateway that drains reports it on its TCP port while its socket still answers.
    health_checks: [
      {
        timeout: '1s',
        interval: '0.5s',
        no_traffic_interval: '0.5s',
        unhealthy_threshold: 1,
        healthy_threshold: 1,
        http_health_check: { path: '/ready' },
      },
    ],
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': extension(
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        // Envoy closes idle connections. The gateway never does (its keepAliveTimeout is 0), because it might close one
        // just as Envoy sends a request on it.
        { common_http_protocol_options: { idle_timeout: '3s' }, explicit_http_config: { http_protocol_options: {} } },
      ),
    },
    common_lb_config: {
      // By default Envoy's workers see a change of health up to 1 s late.
      update_merge_window: '0s',
      // By default Envoy also sends to unhealthy gateways when fewer than half are healthy. Here it does so only when
      // none is healthy: then a gateway answers with its reason and a Retry-After.
      healthy_panic_threshold: { value: 1 },
    },
    circuit_breakers: {
      thresholds: [{ max_connections: 512, max_pending_requests: 512, max_requests: 1_024, max_retries: 64 }],
    },
  }
}
