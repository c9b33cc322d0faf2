import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { edgeConfiguration } from '../../local/src/parts/envoy/configuration.ts'
import { edgeScrape } from '../../local/src/parts/envoy/edgeMetrics.ts'
import { endpointsOf } from '../../local/src/parts/envoy/endpoints.ts'
import { clusterNames } from '../../local/src/parts/envoy/envoyListeners.ts'
import { extension, tcp } from '../../local/src/parts/envoy/messages.ts'
import { secretsOf } from '../../local/src/parts/envoy/secrets.ts'
import { agentConfiguration, dropped, hostDescriptions } from '../../local/src/parts/prometheus/prometheus.ts'
import { writeJson } from '../../local/src/process/writeJson.ts'

/** The ports of an instance. The load balancer sends writers, readers and its health checks to the first three. */
export const instancePorts = {
  writers: 9443,
  readers: 9444,
  health: 9445,
  envoyAdmin: 9901,
  gateway: 9101,
  nodeExporter: 9100,
} as const

/** The folder of the files that tickwatch-envoy.service fills at its start. */
export const edgeDir = '/run/tickwatch-envoy'
const identity = '/var/lib/tickwatch/identity/edge'
const everywhere = '0.0.0.0'
/** What `fill` puts a value in the place of. */
const value = (name: string) => `\${${name}}`

/**
 * The settings of Envoy and of the agent in the image of a gateway: the files of npm start, with `${NAME}` in the place of what
 * an instance knows only when it starts. `/usr/libexec/tickwatch/fill` puts the values there.
 */
export function imageSettings(): Record<string, object> {
  const { writers, readers, envoyAdmin: admin, gateway } = instancePorts
  const envoy = edgeConfiguration({
    dir: edgeDir,
    host: everywhere,
    ports: { writers, readers, admin },
    // All places of it are in regular expressions.
    trustDomain: value('re:TRUST_DOMAIN'),
  })
  const { static_resources } = envoy
  const listeners = [...static_resources.listeners, healthListener]
  const secrets = secretsOf({
    certificate: { cert: `${identity}/current/cert.pem`, key: `${identity}/current/key.pem` },
    caFile: `${identity}/current/ca.pem`,
    watchedDir: identity,
  })
  const upstream = { id: value('GATEWAY_ID'), socket: '/run/tickwatch-gateway/gateway.sock', httpPort: gateway }
  return {
    'edge/envoy.json': { ...envoy, static_resources: { ...static_resources, listeners } },
    'edge/endpoints.json': endpointsOf([upstream]),
    'edge/server.json': secrets.server,
    'edge/authority.json': secrets.authority,
    'agent/agent.json': agent(),
  }
}

/** What the load balancer asks: 200 if Envoy runs and its gateway is ready, 503 if not, or if Envoy drains. */
const healthListener = {
  name: 'health',
  stat_prefix: 'health',
  address: tcp(instancePorts.health, everywhere),
  filter_chains: [
    {
      filters: [
        {
          name: 'envoy.filters.network.http_connection_manager',
          typed_config: extension('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
            stat_prefix: 'health',
            codec_type: 'HTTP1',
            common_http_protocol_options: { idle_timeout: '60s' },
            request_headers_timeout: '5s',
            route_config: { name: 'health' },
            http_filters: [
              {
                name: 'envoy.filters.http.health_check',
                typed_config: extension('envoy.extensions.filters.http.health_check.v3.HealthCheck', {
                  pass_through_mode: false,
                  headers: [{ name: ':path', string_match: { exact: '/ready' } }],
                  cluster_min_healthy_percentages: { [clusterNames.writers]: { value: 100 } },
                }),
              },
              {
                name: 'envoy.filters.http.router',
                typed_config: extension('envoy.extensions.filters.http.router.v3.Router'),
              },
            ],
          }),
        },
      ],
    },
  ],
}

/**
 * It writes to AMP itself, with the role of the instance, and not through a gateway: what a gateway does wrong must be seen in its
 * metrics. Its series are those that the gateways make of the metrics of `npm start`.
 */
function agent(): object {
  const { envoyAdmin, gateway, nodeExporter } = instancePorts
  const own = (job: string, port: number) => ({
    ...{ job, everySeconds: 5, targets: [`127.0.0.1:${port}`], labels: { instance: value('GATEWAY_ID') } },
  })
  return agentConfiguration({
    jobs: [
      own('gateway', gateway),
      { ...own('edge', envoyAdmin), ...edgeScrape },
      { ...own('node', nodeExporter), relabel: [dropped(hostDescriptions)] },
    ],
    externalLabels: {
      tenant: 'tickwatch',
      region: value('AWS_REGION'),
      az: value('GATEWAY_ZONE'),
      cluster: value('TICKWATCH_ENVIRONMENT'),
    },
    write: { url: `${value('AMP_ENDPOINT')}/api/v1/remote_write`, sigv4: { region: value('AWS_REGION') } },
  })
}

const folder = join(import.meta.dirname, '../rootfs/gateway/etc/tickwatch')

if (import.meta.main) {
  for (const name of ['edge', 'agent']) rmSync(join(folder, name), { recursive: true, force: true })
  for (const [name, settings] of Object.entries(imageSettings())) writeJson(join(folder, name), settings)
}
