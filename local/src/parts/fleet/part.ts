import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gatewaySpiffeId, idDefaults } from '@tickwatch/policy'
import { unpackedGateway } from '../../../../apps/gateway/build/unpack.ts'
import { Fleet } from '../../fleet/fleet.ts'
import type { FleetState } from '../../fleet/fleetState.ts'
import { keepStepping } from '../../fleet/loop.ts'
import { GatewayMachines, type OwnPlace } from '../../fleet/machines/gatewayMachines.ts'
import { activeRefresh, type FleetGroup } from '../../fleet/model.ts'
import { serveFleet } from '../../fleet/query/server.ts'
import { isHealthy } from '../../fleet/refresh/census.ts'
import { artifactFolder } from '../../images/artifacts.ts'
import type { GatewayAddress } from '../../platform/localState.ts'
import { inProcess, type PartContext, partSpec } from '../../platform/part.ts'
import { socketDir } from '../../platform/socketDir.ts'
import type { Running } from '../../process/processes.ts'
import { writeJson } from '../../process/writeJson.ts'
import { type Gateway, gatewayEnvironment, fleet as gatewaysOf } from '../gateway.ts'
import { openCertificateAuthority } from '../pki.ts'
import { artifactOfAmi } from './images.ts'
import { readFleetState, writeFleetState } from './stateFile.ts'

/** How often the fleet looks at its instances. */
const stepMs = 500

/** The first instance has the port of `gateway-1`. For a time a rollout has two instances of each group. */
const gatewayPorts = Object.fromEntries(gatewaysOf(8).map(({ id, port }) => [id, port])) as Record<
  Gateway['id'],
  number
>
type FleetPort = 'fleet' | Gateway['id']

/** The gateways as instances of Auto Scaling groups, and what answers as Auto Scaling and EC2 (ADR 47). */
export const fleetPart = partSpec<FleetPort>({
  name: 'fleet',
  after: ['gateway-artifact', 'certificates', 'aws', 'amp'],
  ports: { fleet: 4567, ...gatewayPorts },
  inProcess: true,
  address: ({ addresses }) => addresses.fleet ?? '',
  launch,
})

/** The file of the instances that Prometheus scrapes, in its own form. Their label `instance` is their id. */
export const scrapedInstancesFile = (stateDir: string) => join(stateDir, 'fleet', 'scraped.json')

/** Whether each group that no refresh changes has all of its instances in service. */
export function isFleetComplete(stateDir: string): boolean {
  const groups = readFleetState(stateDir)?.groups ?? []
  const isComplete = (group: FleetGroup) => group.instances.filter(isHealthy).length >= group.desired
  return groups.length > 0 && groups.every((group) => activeRefresh(group) !== null || isComplete(group))
}

async function launch(context: PartContext<FleetPort>): Promise<Running> {
  const { state, overrides, say, gatewaysRun } = context
  const { stateDir } = state
  const { fleet: fleetPort, ...ports } = context.ports
  const before = readFleetState(stateDir)
  if (!before) throw new Error('the fleet has no images yet')
  deleteGone(stateDir, before)
  const ca = await openCertificateAuthority(join(stateDir, 'pki'))
  const machines: GatewayMachines = new GatewayMachines({
    dir: join(stateDir, 'gateways'),
    logDir: join(stateDir, 'logs'),
    socketDir: socketDir(stateDir),
    ports: Object.values(ports),
    envoyDir: join(stateDir, 'envoy'),
    programOf: (imageId) => unpackedGateway(artifactFolder(stateDir, artifactOfAmi(fleet.state, imageId))),
    issue: (id) =>
      ca.issue({ path: `gateways/${id}`, usage: 'client', uri: gatewaySpiffeId(idDefaults.trustDomain, id) }),
    environment: ({ instance, group }, place) => ({
      ...gatewayEnvironment(state, addressOf(place, group.tags.ring ?? '', instance.zone), place.certificate),
      ...overrides.env?.fleet,
    }),
    say,
    changed: () => {
      const running = machines.running().map(({ order: { group, instance }, place, pid, isGoing }) => ({
        address: addressOf(place, group.tags.ring ?? '', instance.zone),
        pid,
        isGoing,
      }))
      const targets = running.map(({ address: { id, httpUrl } }) => ({
        targets: [new URL(httpUrl).host],
        labels: { instance: id },
      }))
      writeJson(scrapedInstancesFile(stateDir), targets)
      gatewaysRun(running)
    },
  })
  const store = (now: FleetState) => writeFleetState(stateDir, now)
  const fleet: Fleet = new Fleet({ state: before, machines, now: Date.now, changed: store })
  // Nothing of it is in service now, whatever was when it was stored.
  store(fleet.state)
  try {
    await fleet.step()
    await machines.started()
    const server = await serveFleet(fleet, fleetPort)
    const stopStepping = keepStepping(fleet, stepMs, (cause) => say(`the fleet failed: ${String(cause)}`))
    return inProcess({
      async stop() {
        await Promise.all([server.stop(), stopStepping()])
        await machines.stop()
      },
    })
  } catch (fault) {
    await machines.stop()
    throw fault
  }
}

const addressOf = ({ id, socket, httpPort }: OwnPlace, ring: string, zone: string): GatewayAddress => ({
  ...{ id, ring, zone, socket },
  httpUrl: `http://127.0.0.1:${httpPort}`,
})

/** Deletes what instances left that are in no group any more. */
function deleteGone(stateDir: string, { groups }: FleetState): void {
  const ids = groups.flatMap(({ instances }) => instances.map(({ id }) => id))
  for (const folder of ['gateways', 'logs', 'pki/gateways'].map((name) => join(stateDir, name))) {
    if (!existsSync(folder)) continue
    for (const name of readdirSync(folder)) {
      const id = /^i-[0-9a-f]{17}/.exec(name)?.[0]
      if (id && !ids.includes(id)) rmSync(join(folder, name), { recursive: true })
    }
  }
}
