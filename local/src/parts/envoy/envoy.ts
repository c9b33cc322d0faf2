import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../process/ports.ts'
import { type Running, startProcess } from '../../process/processes.ts'
import { tools } from '../../process/tools.ts'
import { answers } from '../../process/until.ts'
import type { CertificateFiles } from '../pki.ts'
import { clusterNames, extension, readersListener, tcp, writersListener } from './envoyListeners.ts'

export type Upstream = {
  /** The Unix socket that the gateway serves writers and readers on. */
  socket: string
  /** Its TCP port on 127.0.0.1, for `/ready`. */
  httpPort: number
}

/**
 * Starts Envoy as the edge for writers and readers: terminates TLS, admits the SPIFFE identities of each at their own
 * listener only, and passes the identity to the gateways' Unix sockets in `x-forwarded-client-cert`.
 */
export async function startEnvoy(options: {
  dir: string
  port?: number
  readersPort?: number
  adminPort?: number
  logFile?: string
  caFile: string
  certificate: CertificateFiles
  upstreams: readonly Upstream[]
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

/** Over it new connections are closed, so that the writers that are connected go on. */
const connectionsMax = 4_000

function edge(options: {
  port: number
  readersPort: number
  adminPort: number
  caFile: string
  certificate: CertificateFiles
  upstreams: readonly Upstream[]
}) {
  return {
    admin: { address: tcp(options.adminPort) },
    // Envoy rejects regular expressions of more than 100 steps. With the lengths of its parts, a SPIFFE id takes 607.
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
        gateways(clusterNames.writers, 'MAGLEV', options.upstreams),
        // Not the writers' cluster: what readers hold open takes nothing of the connections and requests that writers may use.
        gateways(clusterNames.readers, 'LEAST_REQUEST', options.upstreams),
      ],
    },
  }
}

function gateways(name: string, lbPolicy: 'MAGLEV' | 'LEAST_REQUEST', upstreams: readonly Upstream[]) {
  return {
    name,
    type: 'STATIC',
    lb_policy: lbPolicy,
    connect_timeout: '1s',
    // A gateway that drains says so on its TCP port while its socket still answers.
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
        // It is Envoy that closes idle connections. The gateway never does (its keepAliveTimeout is 0): it might do so just as
        // we send on one.
        { common_http_protocol_options: { idle_timeout: '3s' }, explicit_http_config: { http_protocol_options: {} } },
      ),
    },
    // By default the workers learn of a change of health up to 1 s late.
    common_lb_config: { update_merge_window: '0s' },
    circuit_breakers: {
      thresholds: [{ max_connections: 512, max_pending_requests: 512, max_requests: 1_024, max_retries: 64 }],
    },
    load_assignment: {
      cluster_name: name,
      endpoints: [
        {
          lb_endpoints: upstreams.map((upstream, i) => ({
            // Not the socket's path: a writer's gateway should not depend on where the platform keeps its state.
            metadata: { filter_metadata: { 'envoy.lb': { hash_key: `gateway-${i + 1}` } } },
            endpoint: {
              address: { pipe: { path: upstream.socket } },
              health_check_config: { address: tcp(upstream.httpPort) },
            },
          })),
        },
      ],
    },
  }
}
