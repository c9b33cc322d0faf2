import {
  connectionHeader,
  idDefaults,
  peerSpiffeSource,
  probeGatewayHeader,
  probePathSource,
  probeSpiffeSource,
  tenantHeader,
} from '@tickwatch/policy'
import type { CertificateFiles } from '../../platform/localState.ts'

const { trustDomain } = idDefaults

export const extension = (type: string, config: object = {}) => ({ '@type': `type.googleapis.com/${type}`, ...config })
export const tcp = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } })

/**
 * Headers that could claim an identity. Envoy removes them, so that gateways see only the identity that Envoy verified.
 */
const identityHeaders = ['x-tenant', 'x-scope-orgid', 'x-writer', tenantHeader, 'x-tickwatch-peer']

type Tls = { port: number; caFile: string; certificate: CertificateFiles }

/** The clusters of the routes. */
export const clusterNames = {
  writers: 'gateways',
  readers: 'gateways-for-readers',
  probes: 'gateways-for-probes',
} as const

/** The key of the metadata of an endpoint and of a probe's request that says which gateway it is. */
export const gatewayKey = 'gateway'

/** Mutual TLS for the SPIFFE identities of writers and probes, and a path for each. */
export const writersListener = (tls: Tls) =>
  listener({
    ...tls,
    name: 'writers',
    // If there are names to match, Envoy requires a certificate, whatever `require_client_certificate` says.
    certificateNames: [peerSpiffeSource(trustDomain, 'writer'), probeSpiffeSource(trustDomain)].map((regex) => ({
      san_type: 'URI',
      matcher: { safe_regex: { regex } },
    })),
    // On HTTP/2 some writers fail when a 429 comes before they have sent their whole request.
    alpnProtocols: ['http/1.1'],
    headersToRemove: ['authorization', ...identityHeaders],
    streamIdleTimeout: '60s',
    networkFilters: [],
    routes: [
      {
        match: { path: '/api/v1/write' },
        route: {
          cluster: clusterNames.writers,
          timeout: '30s',
          // In AWS the network load balancer keeps a host on one gateway, so that each of its series is counted once.
          // Here all requests come from one address, so we hash the writer instead of the host.
          hash_policy: [
            {
              header: {
                header_name: 'x-forwarded-client-cert',
                regex_rewrite: { pattern: { regex: '.*URI=([^;]+).*' }, substitution: '\\1' },
              },
            },
          ],
          retry_policy: retryPolicy,
        },
      },
      probeRoute('write', 'POST'),
    ],
  })

/**
 * TLS for readers, with the query paths only. A reader presents a certificate with a reader's SPIFFE identity, a bearer
 * token, or both. A probe presents its certificate. Envoy closes the connection if the caller presents another one.
 */
export const readersListener = (tls: Tls) =>
  listener({
    ...tls,
    name: 'readers',
    certificateNames: null,
    alpnProtocols: ['h2', 'http/1.1'],
    headersToRemove: identityHeaders,
    // No bytes are sent while a query is evaluated, for at most 60 s.
    streamIdleTimeout: '75s',
    // Readers get fewer connections than the limit of all connections, so that there are always some for writers.
    networkFilters: [
      {
        name: 'envoy.filters.network.connection_limit',
        typed_config: extension('envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit', {
          stat_prefix: 'readers',
          max_connections: readersConnectionsMax,
        }),
      },
      {
        name: 'envoy.filters.network.rbac',
        typed_config: extension('envoy.extensions.filters.network.rbac.v3.RBAC', {
          stat_prefix: 'readers',
          rules: {
            action: 'ALLOW',
            policies: {
              // A caller without a certificate has no name. The gateway requires a token from it.
              readers: {
                permissions: [{ any: true }],
                principals: [`(${peerSpiffeSource(trustDomain, 'reader')})?`, probeSpiffeSource(trustDomain)].map(
                  (regex) => ({ authenticated: { principal_name: { safe_regex: { regex } } } }),
                ),
              },
            },
          },
        }),
      },
    ],
    routes: [
      queryRoute('/api/v1/(query|query_range|series|labels|query_exemplars|format_query|parse_query)', 'GET|POST'),
      queryRoute('/api/v1/label/[a-zA-Z_][a-zA-Z0-9_]*/values', 'GET'),
      queryRoute('/api/v1/(status/buildinfo|features|rules|alerts|metadata)', 'GET'),
      probeRoute('query', 'GET'),
    ],
  })

/**
 * Only probes may use it: Envoy itself sets the header with the identity. A probe names the gateway that it wants. If Envoy
 * would not send it a writer, the answer is a 503 at once, and the probe goes to another, as Envoy does for a writer.
 */
const probeRoute = (what: 'write' | 'query', method: string) => ({
  match: {
    safe_regex: { regex: probePathSource(what) },
    headers: [
      { name: ':method', string_match: { exact: method } },
      {
        name: 'x-forwarded-client-cert',
        string_match: { safe_regex: { regex: `Hash=[0-9a-f]+;URI=${probeSpiffeSource(trustDomain)}` } },
      },
    ],
  },
  // A probe gives up before that.
  route: { cluster: clusterNames.probes, timeout: '30s' },
})

/** The router sends a request only to endpoints that have the same value of the key. Other clusters do not look at it. */
const gatewayFromHeader = {
  name: 'envoy.filters.http.header_to_metadata',
  typed_config: extension('envoy.extensions.filters.http.header_to_metadata.v3.Config', {
    request_rules: [
      {
        header: probeGatewayHeader,
        on_header_present: { metadata_namespace: 'envoy.lb', key: gatewayKey, type: 'STRING' },
        remove: true,
      },
    ],
  }),
}

const readersConnectionsMax = 1_000

const queryRoute = (pathRegex: string, methodRegex: string) => ({
  match: {
    safe_regex: { regex: pathRegex },
    headers: [{ name: ':method', string_match: { safe_regex: { regex: methodRegex } } }],
  },
  route: {
    cluster: clusterNames.readers,
    // The gateway's own deadlines are shorter: 60 s for the query, and 60 s until the reader has read its answer.
    timeout: '130s',
    // A query changes nothing, so another gateway may answer it if one ends before it answers. Fewer retries than for
    // writes, so that a query that ends a gateway does not end many.
    retry_policy: { ...retryPolicy, retry_on: `${retryPolicy.retry_on},reset`, num_retries: 2 },
  },
})

/**
 * Envoy retries a write only if no gateway has begun to read it, so that it is never counted twice.
 */
const retryPolicy = {
  retry_on: 'connect-failure,refused-stream,reset-before-request',
  num_retries: 3,
  retry_back_off: { base_interval: '0.025s', max_interval: '0.25s' },
  // Each attempt chooses at random, so Envoy needs several attempts to find a gateway that it has not tried.
  host_selection_retry_max_attempts: 16,
  retry_host_predicate: [
    {
      name: 'envoy.retry_host_predicates.previous_hosts',
      typed_config: extension('envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate'),
    },
  ],
}

type Listener = Tls & {
  name: string
  /** The client certificate must have one of these names. Null if a client certificate is optional. */
  certificateNames: readonly object[] | null
  alpnProtocols: readonly string[]
  headersToRemove: readonly string[]
  streamIdleTimeout: string
  networkFilters: readonly object[]
  routes: readonly object[]
}

function listener(options: Listener) {
  return {
    name: options.name,
    // Otherwise its statistics have the address in their names.
    stat_prefix: options.name,
    address: tcp(options.port),
    filter_chains: [
      {
        transport_socket_connect_timeout: '5s',
        transport_socket: { name: 'envoy.transport_sockets.tls', typed_config: downstreamTls(options) },
        filters: [
          ...options.networkFilters,
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: extension(
              'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
              connectionManager(options),
            ),
          },
        ],
      },
    ],
  }
}

/** If the client presents a certificate, our authority must have issued it, or the handshake fails. */
function downstreamTls({ caFile, certificate, certificateNames, alpnProtocols }: Listener) {
  return extension('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
    require_client_certificate: certificateNames !== null,
    common_tls_context: {
      tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
      alpn_protocols: alpnProtocols,
      tls_certificates: [
        { certificate_chain: { filename: certificate.cert }, private_key: { filename: certificate.key } },
      ],
      validation_context: {
        trusted_ca: { filename: caFile },
        ...(certificateNames ? { match_typed_subject_alt_names: certificateNames } : {}),
      },
    },
  })
}

function connectionManager({ name, alpnProtocols, headersToRemove, streamIdleTimeout, routes }: Listener) {
  return {
    stat_prefix: name,
    ...(alpnProtocols.includes('h2')
      ? {
          codec_type: 'AUTO',
          http2_protocol_options: {
            max_concurrent_streams: 100,
            initial_stream_window_size: 65_536,
            initial_connection_window_size: 1_048_576,
          },
        }
      : { codec_type: 'HTTP1' }),
    use_remote_address: true,
    normalize_path: true,
    merge_slashes: true,
    path_with_escaped_slashes_action: 'REJECT_REQUEST',
    // If the client has no certificate, Envoy removes this header from its request.
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
    stream_idle_timeout: streamIdleTimeout,
    access_log: [accessLog],
    route_config: {
      name,
      request_headers_to_remove: headersToRemove,
      request_headers_to_add: [connection],
      virtual_hosts: [{ name, domains: ['*'], routes }],
    },
    http_filters: [
      gatewayFromHeader,
      {
        name: 'envoy.filters.http.router',
        typed_config: extension('envoy.extensions.filters.http.router.v3.Router'),
      },
    ],
  }
}

/** What gateways measure with: Envoy itself has no statistics of first bytes, handshakes and its callers' certificates. */
const connection = {
  header: {
    key: connectionHeader,
    value: [
      '%CONNECTION_ID%',
      '%COMMON_DURATION(DS_CX_BEG:DS_HS_END:us)%',
      '%START_TIME(%s%3f)%',
      '%DOWNSTREAM_PEER_CERT_V_END(%s)%',
    ].join('/'),
  },
  // Whatever the caller sent in this header.
  append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
}

const statusIs = (op: 'GE' | 'NE', status: number) => ({
  status_code_filter: { comparison: { op, value: { default_value: status, runtime_key: 'none' } } },
})

const accessLog = {
  name: 'envoy.access_loggers.stdout',
  // The gateway counts refusals, also those with 529. Here only requests that could not be answered are logged.
  filter: { and_filter: { filters: [statusIs('GE', 500), statusIs('NE', 529)] } },
  typed_config: extension('envoy.extensions.access_loggers.stream.v3.StdoutAccessLog', {
    log_format: {
      json_format: {
        time: '%START_TIME%',
        status: '%RESPONSE_CODE%',
        flags: '%RESPONSE_FLAGS%',
        detail: '%RESPONSE_CODE_DETAILS%',
        peer: '%DOWNSTREAM_PEER_URI_SAN%',
        path: '%PATH(NQ)%',
        upstream: '%UPSTREAM_HOST%',
      },
    },
  }),
}
