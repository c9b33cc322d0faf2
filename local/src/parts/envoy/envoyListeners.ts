import { peerSpiffeSource, probePathSource, probeSpiffeSource, tenantHeader } from '@tickwatch/policy'
import { type ListenerPlace, listener } from './listener.ts'
import { extension } from './messages.ts'

/**
 * Headers that could claim an identity. Envoy removes them, so that gateways see only the identity that Envoy verified.
 */
const identityHeaders = ['x-tenant', 'x-scope-orgid', 'x-writer', tenantHeader, 'x-tickwatch-peer']

/** The clusters of the routes. */
export const clusterNames = {
  writers: 'gateways',
  readers: 'gateways-for-readers',
  probes: 'gateways-for-probes',
} as const

/** Mutual TLS for the SPIFFE identities of writers and probes, and a path for each. */
export const writersListener = (place: ListenerPlace, trustDomain: string) =>
  listener({
    ...place,
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
      probeRoute('write', 'POST', trustDomain),
    ],
  })

/**
 * TLS for readers, with the query paths only. A reader presents a certificate with a reader's SPIFFE identity, a bearer
 * token, or both. A probe presents its certificate. Envoy closes the connection if the caller presents another one.
 */
export const readersListener = (place: ListenerPlace, trustDomain: string) =>
  listener({
    ...place,
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
      probeRoute('query', 'GET', trustDomain),
    ],
  })

/**
 * Only probes may use it: Envoy itself sets the header with the identity. A probe names the gateway that it wants. If Envoy
 * would not send it a writer, the answer is a 503 at once, and the probe goes to another, as Envoy does for a writer.
 */
const probeRoute = (what: 'write' | 'query', method: string, trustDomain: string) => ({
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
