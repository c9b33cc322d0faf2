import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startAmp } from '../parts/amp/amp.ts'
import { startMiniStack } from '../parts/aws/ministack.ts'
import { writeEndpoints } from '../parts/envoy/endpoints.ts'
import { startEnvoy } from '../parts/envoy/envoy.ts'
import { startIssuer } from '../parts/issuer/issuer.ts'
import { startPostgres } from '../parts/postgres/postgres.ts'
import { hostDescriptions, startAgent, startNodeExporter, startPrometheus } from '../parts/prometheus.ts'
import { startWeb } from '../parts/web.ts'
import { type Running, startProcess } from '../process/processes.ts'
import { doNotReap, reapWithUs } from '../process/reaper.ts'
import { root } from '../process/tools.ts'
import { answers } from '../process/until.ts'
import { apiEnvironment, gatewayEnvironment, oidcClientId, webEnvironment } from './environment.ts'
import { portsOf } from './layout.ts'
import type { LocalState } from './localState.ts'
import { inProcess } from './part.ts'
import type { Secrets } from './secrets.ts'

export const partNames = [
  'postgres',
  'ministack',
  'prometheus',
  'amp',
  'issuer',
  'api',
  'web',
  'gateway-1',
  'gateway-2',
  'envoy',
  'node-exporter',
  'agent-acme',
  'agent-tickwatch',
  'producers',
] as const
export type PartName = (typeof partNames)[number]
/** What a test sets otherwise than the platform does. */
export type Overrides = {
  /** Environment variables on top of those the platform gives a part. */
  env?: Partial<Record<PartName, Readonly<Record<string, string>>>>
  /** How long the issuer's access tokens live. */
  accessTokenSeconds?: number
}

/** How each part is started; every call starts it anew. */
export function launchersOf(
  state: LocalState,
  secrets: Secrets,
  { env: extra = {}, accessTokenSeconds }: Overrides,
  databaseOwner: { url: string },
): Record<PartName, () => Promise<Running>> {
  const ports = portsOf(state)
  const within = (name: string) => join(state.stateDir, name)
  const logFile = (name: PartName) => within(`logs/${name}.log`)
  mkdirSync(within('logs'), { recursive: true })
  const ours = (name: PartName, script: string, env: Record<string, string>, ready: () => Promise<boolean>) =>
    startProcess({
      name,
      command: process.execPath,
      args: [join(root, script)],
      cwd: root,
      env: { ...env, ...extra[name] },
      logFile: logFile(name),
      ready,
    })
  const gateway = (index: 0 | 1) => async () => {
    const address = state.addresses.gateways[index]
    if (!address) throw new Error(`there is no gateway ${index + 1}`)
    return ours(`gateway-${(index + 1) as 1 | 2}`, 'apps/gateway/src/main.ts', gatewayEnvironment(state, address), () =>
      answers(`${address.httpUrl}/healthz`),
    )
  }
  const agent =
    (name: 'agent-acme' | 'agent-tickwatch', port: number, writer: string, jobs: Jobs, zone: string) => () =>
      startAgent({
        name,
        dir: within(name),
        port,
        logFile: logFile(name),
        jobs,
        writeUrl: `${state.addresses.writers}/api/v1/write`,
        caFile: state.pki.ca,
        certificate: certificateOf(state, writer),
        externalLabels: { region: state.aws.region, az: zone, cluster: 'local' },
      })
  const hostPort = (url: string) => new URL(url).host

  return {
    postgres: async () => {
      const started = await postgres(within('postgres'), ports.postgres, logFile('postgres'))
      databaseOwner.url = started.ownerUrl
      return started
    },
    ministack: () => startMiniStack({ dir: within('ministack'), port: ports.ministack, logFile: logFile('ministack') }),
    prometheus: () =>
      startPrometheus({ dir: within('prometheus'), port: ports.prometheus, logFile: logFile('prometheus') }),
    amp: async () =>
      inProcess(
        await startAmp({
          port: ports.amp,
          prometheusUrl: state.addresses.prometheus,
          region: state.aws.region,
          accessKeys: { [state.aws.accessKeyId]: state.aws.secretAccessKey },
          workspaceId: state.ampWorkspaceId,
          rulesDir: within('prometheus/rules'),
        }),
      ),
    issuer: async () =>
      inProcess(
        await startIssuer({
          dir: within('issuer'),
          port: ports.issuer,
          logFile: logFile('issuer'),
          client: { id: oidcClientId, secret: secrets.oidcClientSecret, portalUrl: state.addresses.portal },
          ...(accessTokenSeconds ? { accessTokenSeconds } : {}),
        }),
      ),
    api: () =>
      ours('api', 'apps/api/src/main.ts', apiEnvironment(state), () => answers(`${state.addresses.api}/readyz`)),
    web: () =>
      startWeb({ port: ports.web, env: { ...webEnvironment(state, secrets), ...extra.web }, logFile: logFile('web') }),
    'gateway-1': gateway(0),
    'gateway-2': gateway(1),
    envoy: () => {
      writeEndpoints(
        within('envoy'),
        state.addresses.gateways.map(({ id, socket, httpUrl }) => ({
          id,
          socket,
          httpPort: Number(new URL(httpUrl).port),
        })),
      )
      return startEnvoy({
        dir: within('envoy'),
        port: ports.writers,
        readersPort: ports.readers,
        adminPort: ports.envoyAdmin,
        logFile: logFile('envoy'),
        caFile: state.pki.ca,
        certificate: state.pki.envoy,
      })
    },
    'node-exporter': () =>
      startNodeExporter({
        dir: within('node-exporter'),
        port: ports.nodeExporter,
        logFile: logFile('node-exporter'),
      }),
    'agent-acme': agent(
      'agent-acme',
      ports.agentAcme,
      'acme-agent',
      [
        {
          job: 'node',
          everySeconds: 5,
          targets: [hostPort(state.addresses.nodeExporter)],
          dropMetrics: hostDescriptions,
        },
      ],
      `${state.aws.region}a`,
    ),
    'agent-tickwatch': agent(
      'agent-tickwatch',
      ports.agentPlatform,
      'tickwatch-agent',
      [
        { job: 'gateway', everySeconds: 5, targets: state.addresses.gateways.map(({ httpUrl }) => hostPort(httpUrl)) },
        { job: 'api', everySeconds: 5, targets: [hostPort(state.addresses.api)] },
      ],
      `${state.aws.region}b`,
    ),
    // They listen nowhere: they are ready when they run.
    producers: () =>
      ours(
        'producers',
        'local/src/producers/main.ts',
        { PRODUCER_STATE_DIR: state.stateDir, PRODUCER_URL: `${state.addresses.writers}/api/v1/write` },
        async () => true,
      ),
  }
}

type Jobs = Parameters<typeof startAgent>[0]['jobs']

function certificateOf(state: LocalState, writer: string) {
  const certificate = state.pki.writers[writer]
  if (!certificate) throw new Error(`there is no certificate of the writer ${writer}`)
  return certificate
}

async function postgres(dir: string, port: number, logFile: string): Promise<Running & { ownerUrl: string }> {
  const { pid, stop, ended, ownerUrl } = await startPostgres({
    dir,
    port,
    onLog: (text) => appendFileSync(logFile, text),
  })
  reapWithUs(pid)
  const gone = ended.then(() => doNotReap(pid))
  return {
    ownerUrl,
    pid,
    ended: gone.then(() => 'ended'),
    stop,
    kill: async (signal) => {
      process.kill(pid, signal)
      await gone
    },
  }
}
