import type { LocalState } from '../../platform/localState.ts'
import { type PartContext, partSpec } from '../../platform/part.ts'
import { tools } from '../../process/tools.ts'
import { edgeScrape } from '../envoy/edgeMetrics.ts'
import { scrapedInstancesFile } from '../fleet/part.ts'
import {
  dropped,
  hostDescriptions,
  type ScrapeJob,
  startAgent,
  startNodeExporter,
  startPrometheus,
} from './prometheus.ts'

export const prometheusPart = partSpec({
  name: 'prometheus',
  after: [],
  ports: { prometheus: 9090 },
  address: ({ addresses }) => addresses.prometheus,
  launch: ({ dir, ports, logFile, state }) =>
    startPrometheus({
      ...{ dir, port: ports.prometheus, logFile },
      ...(tools().alertmanager ? { alertmanager: hostPort(state.addresses.alertmanager) } : {}),
    }),
})

export const nodeExporterPart = partSpec({
  name: 'node-exporter',
  after: [],
  ports: { nodeExporter: 9100 },
  address: ({ addresses }) => addresses.nodeExporter,
  launch: ({ dir, ports, logFile }) => startNodeExporter({ dir, port: ports.nodeExporter, logFile }),
})

/** The agent on a host of acme. */
export const acmeAgentPart = partSpec({
  name: 'agent-acme',
  // The agent waits for the first policy: a gateway permanently refuses writers whose tenant is not in its policy.
  after: ['policy', 'envoy', 'node-exporter'],
  ports: { agentAcme: 9091 },
  launch: (context) =>
    agent(context, context.ports.agentAcme, 'acme-agent', 'a', ({ addresses: { nodeExporter } }) => [
      { job: 'node', everySeconds: 5, targets: [hostPort(nodeExporter)], relabel: [dropped(hostDescriptions)] },
    ]),
})

/** The agent that scrapes the platform itself. */
export const platformAgentPart = partSpec({
  name: 'agent-tickwatch',
  after: ['policy', 'envoy'],
  ports: { agentPlatform: 9092 },
  launch: (context) => agent(context, context.ports.agentPlatform, 'tickwatch-agent', 'b', platformJobs),
})

function platformJobs({ addresses: { fleet, gateways, api, envoyAdmin, probe }, stateDir }: LocalState): ScrapeJob[] {
  const fixed = gateways.map(({ httpUrl }) => hostPort(httpUrl))
  return [
    { job: 'gateway', everySeconds: 5, targets: fleet ? scrapedInstancesFile(stateDir) : fixed },
    { job: 'api', everySeconds: 5, targets: [hostPort(api)] },
    { job: 'edge', everySeconds: 5, targets: [hostPort(envoyAdmin)], ...edgeScrape },
    { job: 'probe', everySeconds: 5, targets: [hostPort(probe)] },
  ]
}

const hostPort = (url: string) => new URL(url).host

function agent(
  { name, dir, logFile, state }: PartContext,
  port: number,
  writer: string,
  zone: string,
  jobs: (state: LocalState) => ScrapeJob[],
) {
  const certificate = state.pki.writers[writer]
  if (!certificate) throw new Error(`there is no certificate of the writer ${writer}`)
  return startAgent({
    name,
    dir,
    port,
    logFile,
    jobs: jobs(state),
    writeUrl: `${state.addresses.writers}/api/v1/write`,
    caFile: state.pki.ca,
    certificate,
    externalLabels: { region: state.aws.region, az: `${state.aws.region}${zone}`, cluster: 'local' },
  })
}
