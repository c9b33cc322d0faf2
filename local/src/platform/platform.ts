import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Database, migrate, openDatabase } from '@tickwatch/db'
import { gatewayArtifact } from '../../../apps/gateway/build/unpack.ts'
import { keepArtifacts, unpackOnce } from '../images/artifacts.ts'
import { prepareImageKey } from '../images/imageKey.ts'
import { newerSample, olderSample } from '../images/samples.ts'
import { seedImages } from '../images/seedImages.ts'
import { prepareAws } from '../parts/aws/awsBootstrap.ts'
import { rolloutTargets, rolloutTargetsFile } from '../parts/fleet/groups.ts'
import { prepareImages, samplesOf } from '../parts/fleet/images.ts'
import { isFleetComplete } from '../parts/fleet/part.ts'
import { readFleetState } from '../parts/fleet/stateFile.ts'
import { ownerUrl } from '../parts/postgres/postgres.ts'
import { isAlive, recordOf } from '../process/identity.ts'
import { takenPorts } from '../process/ports.ts'
import { lastLines } from '../process/processes.ts'
import { answers, until } from '../process/until.ts'
import { writeJson } from '../process/writeJson.ts'
import { issueCertificates, layOut, writeGatewayEndpoints } from './layout.ts'
import { killLeftovers, type LocalState, readLocalState, writeLocalState } from './localState.ts'
import { createPart, type Overrides, type Part, type PartSpec, type RunningGateway } from './part.ts'
import { freeOffset, movedPorts, portOffsetVariable, portsAt } from './ports.ts'
import { gatewayPartsOf, mustBePart, partsOf } from './registry.ts'
import { superviseParts } from './restarts.ts'
import { openSecrets, type Secrets } from './secrets.ts'
import { seed } from './seed.ts'
import { seedReceivers } from './seedReceivers.ts'
import { bringUp, type Stage, type StageReport, takeDown } from './stages.ts'

export type PlatformOptions = Overrides & {
  /** The folder for all its data. `npm start` uses `.tickwatch` in the repository. */
  stateDir: string
  portOffset: number
  /** The gateways are instances of four groups, which rollouts change. Without it they are three parts. */
  fleet?: boolean
  onStage?: StageReport
  /** Aborts the start. Parts that run already are stopped. */
  signal?: AbortSignal
  /** Called when a part ended although nobody stopped it. `log` is the end of its log. */
  onDeath?: (part: Part, how: string, log: string) => void
  /** Gets lines about what died and starts again. Without it parts that died stay down. */
  onRestart?: (line: string) => void
}

export type Platform = {
  /** The content of `local.json`. */
  state: LocalState
  /** @throws RangeError with the names of all parts if there is no part with this name. */
  part(name: string): Part
  /** Stops all parts, each after the parts that use it. */
  stop(): Promise<void>
}

/** The platform cannot start, because it runs already or a port is taken. The message says what to do. */
export class CannotStart extends Error {
  override name = 'CannotStart'
}

/**
 * Starts the whole platform in this folder with its existing data, and waits until every part serves and every gateway
 * enforces a policy. If it fails, or if this process ends in any way, nothing is left running.
 * @throws CannotStart, or PartFault with the end of the log of the part that did not start.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { fleet = false } = options
  for (const name of Object.keys(options.env ?? {})) mustBePart(name, fleet)
  const stateDir = resolve(options.stateDir)
  await clearTheWay(stateDir)
  const secrets = openSecrets(join(stateDir, 'secrets.json'))
  const state = layOut(stateDir, options.portOffset, secrets, fleet)
  const parts = partsOf(fleet)
  await mustBeFree(parts, state.portOffset)
  mkdirSync(join(stateDir, 'logs'), { recursive: true })
  writeLocalState(state)
  if (fleet) writeJson(rolloutTargetsFile(stateDir), { targets: rolloutTargets })

  const logFile = (name: string) => join(stateDir, 'logs', `${name}.log`)
  let instances: readonly RunningGateway[] = []
  const events = {
    changed: () => {
      const all = [...running.values(), ...instances.map(({ address, pid }) => ({ name: address.id, pid }))]
      const withProcess = all.filter(({ pid }) => pid !== null)
      state.processes = Object.fromEntries(withProcess.map(({ name, pid }) => [name, recordOf(pid ?? 0)]))
      writeLocalState(state)
    },
    died: (part: Part, how: string) => {
      options.onDeath?.(part, how, lastLines(logFile(part.name)))
      restarts?.died(part, how)
    },
  }
  const restarts =
    options.onRestart &&
    superviseParts(options.onRestart, (name, restart) => {
      state.restarts = { ...state.restarts, [name]: restart }
      writeLocalState(state)
    })
  const launch = (spec: PartSpec) =>
    spec.launch({
      name: spec.name,
      state,
      secrets,
      ports: movedPorts(spec.ports, state.portOffset),
      dir: join(stateDir, spec.name),
      logFile: logFile(spec.name),
      overrides: options,
      say: options.onRestart ?? (() => {}),
      gatewaysRun: (gateways) => {
        instances = gateways
        state.addresses.gateways = gateways.flatMap(({ address, isGoing }) => (isGoing ? [] : [address]))
        events.changed()
      },
    })
  const running = new Map(parts.map((spec) => [spec.name, createPart(spec.name, () => launch(spec), events)]))
  const part = (name: string): Part => {
    mustBePart(name, fleet)
    return running.get(name) as Part
  }
  const stages: Stage[] = [
    ...steps(state, secrets, options.signal),
    ...parts.map(({ name, after }) => ({
      name,
      after,
      up: () => part(name).start(),
      down: () => part(name).stop(),
    })),
  ]
  const enter = (phase: LocalState['phase'], fault: string | null = null) => {
    Object.assign(state, { phase, fault })
    writeLocalState(state)
  }
  const stop = async () => {
    enter('stopping')
    await restarts?.stop()
    await takeDown(stages)
    enter('stopped')
  }
  try {
    await bringUp(stages, options.onStage, options.signal)
  } catch (fault) {
    await stop()
    if (!options.signal?.aborted) enter('failed', fault instanceof Error ? fault.message : String(fault))
    throw fault
  }
  enter('ready')
  return { state, part, stop }
}

/** Steps that each start does once, between the parts. */
const steps = (state: LocalState, secrets: Secrets, signal?: AbortSignal): Stage[] => [
  { name: 'certificates', after: [], up: () => issueCertificates(state) },
  { name: 'gateway-artifact', after: [], up: () => (hasFleet(state) ? prepareImages(state.stateDir) : unpack(state)) },
  {
    name: 'endpoints',
    after: gatewayPartsOf(hasFleet(state)),
    // A fleet writes them itself.
    up: async () => (hasFleet(state) ? undefined : writeGatewayEndpoints(state)),
  },
  { name: 'database', after: ['postgres'], up: () => prepareDatabase(state, secrets) },
  {
    name: 'aws',
    after: ['ministack'],
    up: async () => {
      await prepareAws(state.addresses.aws, state.pki.policyPublicKeys)
      await prepareImageKey(state.addresses.aws, state.pki.imageKeys)
    },
  },
  {
    name: 'notifications',
    after: ['database', 'aws'],
    up: () => withDatabase(state, (db) => seedReceivers(db, state, secrets)),
  },
  { name: 'images', after: ['api', 'endpoints'], up: () => withDatabase(state, (db) => registerImages(db, state)) },
  {
    name: 'policy',
    after: ['api', 'endpoints'],
    up: () => firstPolicy(state, signal),
  },
]

/** Ends the processes that a killed platform left in this folder. @throws CannotStart if a platform runs here. */
async function clearTheWay(stateDir: string): Promise<void> {
  mustNotRun(stateDir)
  const before = readLocalState(stateDir)
  if (before) await killLeftovers(before)
}

/** @throws CannotStart if a platform runs in this folder. */
export function mustNotRun(stateDir: string): void {
  const before = readLocalState(stateDir)
  if (!before) return
  const over = before.phase === 'stopped' || before.phase === 'failed'
  if (!over && isAlive(before.supervisor)) {
    throw new CannotStart(
      `Tickwatch runs here already (process ${before.supervisor.pid}, ${before.addresses.portal}). Stop it with: npm run stop`,
    )
  }
}

async function mustBeFree(parts: readonly PartSpec[], portOffset: number): Promise<void> {
  const taken = await takenPorts(Object.assign({}, ...parts.map(({ ports }) => movedPorts(ports, portOffset))))
  if (taken.length === 0) return
  const named = taken.map(({ name, port }) => `port ${port} (${name})`).join(', ')
  const offset = await freeOffset()
  throw new CannotStart(
    `Another program listens on ${named}. Stop it, or move all ports: ${portOffsetVariable}=${offset} npm start`,
  )
}

const hasFleet = ({ addresses }: LocalState) => addresses.fleet !== null

/** Nobody uses what an earlier start unpacked: its gateways have ended. */
async function unpack(state: LocalState): Promise<void> {
  const artifact = gatewayArtifact()
  state.gatewayCommand = await unpackOnce(state.stateDir, artifact)
  keepArtifacts(state.stateDir, [artifact.sha256])
}

/** What the catalogue has at the first start; of a fleet also an image of sources that changed since. */
async function registerImages(database: Database, { addresses, stateDir }: LocalState): Promise<void> {
  const fleet = readFleetState(stateDir)
  const samples = addresses.fleet !== null && fleet ? samplesOf(fleet) : [olderSample, newerSample]
  await seedImages(database, { ...addresses, ec2: addresses.fleet ?? addresses.aws }, samples)
}

async function prepareDatabase(state: LocalState, secrets: Secrets): Promise<void> {
  await migrate(ownerUrl(portsAt(state.portOffset).postgres), secrets.databasePasswords)
  await withDatabase(state, (database) => seed(database))
}

async function withDatabase(state: LocalState, work: (database: Database) => Promise<void>): Promise<void> {
  const database = openDatabase(state.database)
  try {
    await work(database)
  } finally {
    await database.close()
  }
}

/** At the first start the gateways wait until the API publishes a policy. Later they boot from their disk. */
const firstPolicy = (state: LocalState, signal?: AbortSignal) =>
  until(
    'a policy enforced by every gateway',
    async () => {
      if (hasFleet(state)) return isFleetComplete(state.stateDir)
      const ready = await Promise.all(state.addresses.gateways.map(({ httpUrl }) => answers(`${httpUrl}/ready`)))
      return ready.every(Boolean)
    },
    { seconds: 60, everyMs: 100, ...(signal ? { signal } : {}) },
  )
