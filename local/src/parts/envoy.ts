import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../ports.ts'
import { type Running, startProcess } from '../processes.ts'
import { tools } from '../tools.ts'
import { answers } from '../until.ts'
import type { CertificateFiles } from './pki.ts'

export const trustDomain = 'tickwatch.local'

export type Upstream = {
  /** The Unix socket that the gateway serves writers on. */
  socket: string
  /** Its TCP port on 127.0.0.1, for `/ready`. */
  httpPort: number
}

/**
 * Starts Envoy as the edge for writers: terminates mutual TLS, admits writers' SPIFFE identities only, and passes the
 * identity to the gateways' Unix sockets in `x-forwarded-client-cert`.
 */
export async function startEnvoy(options: {
  dir: string
  port?: number
  adminPort?: number
  logFile?: string
  caFile: string
  certificate: CertificateFiles
  upstreams: readonly Upstream[]
}): Promise<Running & { url: string; adminUrl: string }> {
  const port = options.port ?? (await freePort())
  const adminPort = options.adminPort ?? (await freePort())
  const adminUrl = `http://127.0.0.1:${adminPort}`
  mkdirSync(options.dir, { recursive: true })
  const config = join(options.dir, 'envoy.json')
  writeFileSync(config, JSON.stringify(edge({ ...options, port, adminPort }), null, 2))
  const running = await startProcess({
    name: 'envoy',
    command: tools().envoy,
    args: ['-c', config, '--log-level', 'warning', '--concurrency', '2', '--disable-hot-restart'],
    cwd: options.dir,
    logFile: options.logFile ?? join(options.dir, 'envoy.log'),
    ready: () => answers(`${adminUrl}/ready`),
  })
  return { ...running, url: `https://localhost:${port}`, adminUrl }
}

const extension = (type: string, config: object = {}) => ({ '@type': `type.googleapis.com/${type}`, ...config })
const tcp = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } })

/** Over it new connections are closed, so that the writers that are connected go on. */
const connectionsMax = 4_000

/** Headers by which a sender could claim to be someone; only Envoy's own word counts behind it. */
const identityHeaders = [
  'authorization',
  'x-tenant',
  'x-scope-orgid',
  'x-writer',
  'x-tickwatch-tenant',
  'x-tickwatch-peer',
]

function edge(options: {
  port: number
  adminPort: number
  caFile: string
  certificate: CertificateFiles
  upstreams: readonly Upstream[]
}) {
  return {
    admin: { address: tcp(options.adminPort) },
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
    static_resources: { listeners: [writers(options)], clusters: [gateways(options.upstreams)] },
  }
}

function writers(options: { port: number; caFile: string; certificate: CertificateFiles }) {
  const domain = trustDomain.replaceAll('.', '\\.')
  return {
    name: 'writers',
    address: tcp(options.port),
    filter_chains: [
      {
        transport_socket_connect_timeout: '5s',
        transport_socket: {
          name: 'envoy.transport_sockets.tls',
          typed_config: extension('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
            require_client_certificate: true,
            common_tls_context: {
              tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
              // On HTTP/2 an early 429 makes some senders fail.
              alpn_protocols: ['http/1.1'],
              tls_certificates: [
                {
                  certificate_chain: { filename: options.certificate.cert },
                  private_key: { filename: options.certificate.key },
                },
              ],
              validation_context: {
                trusted_ca: { filename: options.caFile },
                match_typed_subject_alt_names: [
                  {
                    san_type: 'URI',
                    matcher: {
                      safe_regex: { regex: `spiffe://${domain}/tenant/[a-z0-9-]+/writer/[a-z0-9-]+` },
                    },
                  },
                ],
              },
            },
          }),
        },
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: extension(
              'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
              connectionManager(),
            ),
          },
        ],
      },
    ],
  }
}

function connectionManager() {
  return {
    stat_prefix: 'writers',
    codec_type: 'HTTP1',
    use_remote_address: true,
    normalize_path: true,
    merge_slashes: true,
    path_with_escaped_slashes_action: 'REJECT_REQUEST',
    forward_client_cert_details: 'SANITIZE_SET',
    set_current_client_cert_details: { uri: true },
    common_http_protocol_options: {
      idle_timeout: '300s',
      max_headers_count: 64,
      headers_with_underscores_action: 'REJECT_REQUEST',
    },
    max_request_headers_kb: 16,
    request_headers_timeout: '5s',
    request_timeout: '30s',
    stream_idle_timeout: '60s',
    access_log: [
      {
        name: 'envoy.access_loggers.stdout',
        // A refusal is the gateway's to count; here only what Envoy could not deliver.
        filter: {
          status_code_filter: { comparison: { op: 'GE', value: { default_value: 500, runtime_key: 'none' } } },
        },
        typed_config: extension('envoy.extensions.access_loggers.stream.v3.StdoutAccessLog', {
          log_format: {
            json_format: {
              time: '%START_TIME%',
              status: '%RESPONSE_CODE%',
              flags: '%RESPONSE_FLAGS%',
              detail: '%RESPONSE_CODE_DETAILS%',
              writer: '%DOWNSTREAM_PEER_URI_SAN%',
              path: '%REQ(:PATH)%',
              upstream: '%UPSTREAM_HOST%',
            },
          },
        }),
      },
    ],
    route_config: {
      name: 'writers',
      request_headers_to_remove: identityHeaders,
      virtual_hosts: [
        {
          name: 'writers',
          domains: ['*'],
          routes: [
            {
              match: { path: '/api/v1/write' },
              route: {
                cluster: 'gateways',
                timeout: '30s',
                // In AWS the network load balancer is to keep a host on one gateway, so that each of its series is counted
                // once. Here all come from one address: the writer stands for the host.
                hash_policy: [
                  {
                    header: {
                      header_name: 'x-forwarded-client-cert',
                      regex_rewrite: { pattern: { regex: '.*URI=([^;]+).*' }, substitution: '\\1' },
                    },
                  },
                ],
                // Only what no gateway has begun to read is sent again: a request is never counted twice.
                retry_policy: {
                  retry_on: 'connect-failure,refused-stream,reset-before-request',
                  num_retries: 3,
                  retry_back_off: { base_interval: '0.025s', max_interval: '0.25s' },
                  // Each attempt hashes the writer anew: so many that one of two gateways is as good as surely found.
                  host_selection_retry_max_attempts: 16,
                  retry_host_predicate: [
                    {
                      name: 'envoy.retry_host_predicates.previous_hosts',
                      typed_config: extension('envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate'),
                    },
                  ],
                },
              },
            },
          ],
        },
      ],
    },
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: extension('envoy.extensions.filters.http.router.v3.Router'),
      },
    ],
  }
}

function gateways(upstreams: readonly Upstream[]) {
  return {
    name: 'gateways',
    type: 'STATIC',
    lb_policy: 'MAGLEV',
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
        // Under Node's 5 s, so that it is never the gateway that closes an idle connection just as we send on it.
        { common_http_protocol_options: { idle_timeout: '3s' }, explicit_http_config: { http_protocol_options: {} } },
      ),
    },
    // By default the workers learn of a change of health up to 1 s late.
    common_lb_config: { update_merge_window: '0s' },
    circuit_breakers: {
      thresholds: [{ max_connections: 512, max_pending_requests: 512, max_requests: 1_024, max_retries: 64 }],
    },
    load_assignment: {
      cluster_name: 'gateways',
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
