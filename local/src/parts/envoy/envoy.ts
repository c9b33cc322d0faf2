import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CertificateFiles } from '../../platform/localState.ts'
import { freePort } from '../../process/ports.ts'
import { type Running, startProcess } from '../../process/processes.ts'
import { tools } from '../../process/tools.ts'
import { answers } from '../../process/until.ts'
import { endpointsFile, endpointsName } from './endpoints.ts'
import { clusterNames, readersListener, writersListener } from './envoyListeners.ts'
import { extension, gatewayKey, tcp } from './listener.ts'

/**
 * Starts Envoy as the edge for writers and readers. It terminates TLS, admits writers and readers only at their own
 * listener, probes at both, and passes their SPIFFE identity to the gateways' Unix sockets in `x-forwarded-client-cert`. Call
 * `writeEndpoints` for this folder first: Envoy reads the gateways from its file.
 */
export async function startEnvoy(options: {
  dir: string
  port?: number
  readersPort?: number
  adminPort?: number
  logFile?: string
  caFile: string
  certificate: CertificateFiles
}): Promise<Running & { url: string; readersUrl: string; adminUrl: string }> {
  const port = options.port ?? (await freePort())
  const readersPort = options.readersPort ?? (await freePort())
  const adminPort = options.adminPort ?? (await freePort())
  const adminUrl = `http://127.0.0.1:${adminPort}`
  mkdirSync(options.dir, { recursive: true })
  const config = join(options.dir, 'envoy.json')
  writeFileSync(config, JSON.stringify(edge({ ...options, port, readersPort, adminPort }), null, 2))
  const running = await startProcess({
    name: 'envoy',
    command: tools().envoy,
    args: ['-c', config, '--log-level', 'warning', '--concurrency', '2', '--disable-hot-restart'],
    cwd: options.dir,
    logFile: options.logFile ?? join(options.dir, 'envoy.log'),
    ready: () => answers(`${adminUrl}/ready`),
  })
  return { ...running, url: `https://localhost:${port}`, readersUrl: `https://localhost:${readersPort}`, adminUrl }
}

/** Above this Envoy closes new connections, so that connected writers are still served. */
const connectionsMax = 4_000

function edge(options: {
  dir: string
  port: number
  readersPort: number
  adminPort: number
  caFile: string
  certificate: CertificateFiles
}) {
  return {
    // Envoy requires both before it reads endpoints, even from a file.
    node: { id: 'edge', cluster: 'edge' },
    admin: { address: tcp(options.adminPort) },
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
      listeners: [writersListener(options), readersListener({ ...options, port: options.readersPort })],
      clusters: [
        gateways(clusterNames.writers, 'MAGLEV', options.dir),
        // Readers have their own cluster, so that they cannot use up the writers' connections and requests.
        gateways(clusterNames.readers, 'LEAST_REQUEST', options.dir),
        probedGateways(options.dir),
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
