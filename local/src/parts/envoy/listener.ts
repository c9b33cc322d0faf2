import { connectionHeader, probeGatewayHeader } from '@tickwatch/policy'
import { extension, tcp } from './messages.ts'
import { type SecretName, secretFile } from './secrets.ts'

/** The key of the metadata of an endpoint and of a probe's request that says which gateway it is. */
export const gatewayKey = 'gateway'

/** Where a listener listens, and the folder of Envoy's files, which has the secrets. */
export type ListenerPlace = { host: string; port: number; dir: string }

type Listener = ListenerPlace & {
  name: string
  /** The client certificate must have one of these names. Null if a client certificate is optional. */
  certificateNames: readonly object[] | null
  alpnProtocols: readonly string[]
  headersToRemove: readonly string[]
  streamIdleTimeout: string
  networkFilters: readonly object[]
  routes: readonly object[]
}

/** A listener with our TLS, limits, headers and log. */
export function listener(options: Listener) {
  return {
    name: options.name,
    // Otherwise its statistics have the address in their names.
    stat_prefix: options.name,
    address: tcp(options.port, options.host),
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
function downstreamTls({ dir, certificateNames, alpnProtocols }: Listener) {
  return extension('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
    require_client_certificate: certificateNames !== null,
    common_tls_context: {
      tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
      alpn_protocols: alpnProtocols,
      tls_certificate_sds_secret_configs: [secret(dir, 'server')],
      combined_validation_context: {
        default_validation_context: certificateNames ? { match_typed_subject_alt_names: certificateNames } : {},
        validation_context_sds_secret_config: secret(dir, 'authority'),
      },
    },
  })
}

const secret = (dir: string, name: SecretName) => ({
  name,
  sds_config: { resource_api_version: 'V3', path_config_source: { path: secretFile(dir, name) } },
})

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
