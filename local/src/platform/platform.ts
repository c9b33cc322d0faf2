import { join, resolve } from 'node:path'
import { migrate, openDatabase } from '@tickwatch/db'
import { prepareAws } from '../parts/aws/awsBootstrap.ts'
import { freeOffset, portOffsetVariable, takenPorts } from '../process/ports.ts'
import { lastLines } from '../process/processes.ts'
import { answers, until } from '../process/until.ts'
import { launchersOf, type Overrides, type PartName, partNames } from './launchers.ts'
import { issueCertificates, layOut, portsOf } from './layout.ts'
import { isAlive, killLeftovers, type LocalState, readLocalState, recordOf, writeLocalState } from './localState.ts'
import { createPart, type Part } from './part.ts'
import { openSecrets, type Secrets } from './secrets.ts'
import { seed } from './seed.ts'
import { bringUp, type Stage, type StageReport, takeDown } from './stages.ts'

export type PlatformOptions = Overrides & {
  /** Everything it keeps; `.tickwatch` of the repository for `npm start`. */
  stateDir: string
  portOffset: number
  /** Parts that are not started; they can be later, by `parts[name].start()`. */
  without?: readonly PartName[]
  onStage?: StageReport
  /** Gives the start up: what runs by then is stopped. */
  signal?: AbortSignal
  /** A part ended though nobody asked it to; `log` is the end of its log. */
  onDeath?: (part: Part, how: string, log: string) => void
}

export type Platform = {
  /** What `local.json` holds. */
  state: LocalState
  parts: Record<PartName, Part>
  /** Stops every part, each after those that use it. */
  stop(): Promise<void>
}

/** A start that can't be: already running, or a port is taken. The message says what to do. */
export class CannotStart extends Error {
  override name = 'CannotStart'
}

/** What each part needs before it starts. Stages that are no part are done once and don't keep running. */
const partsAfter: Record<PartName, readonly string[]> = {
  postgres: [],
  ministack: [],
  prometheus: [],
  amp: ['prometheus'],
  issuer: [],
  api: ['certificates', 'database', 'aws', 'amp', 'issuer'],
  web: ['issuer'],
  'gateway-1': ['certificates', 'aws', 'amp'],
  'gateway-2': ['certificates', 'aws', 'amp'],
  envoy: ['certificates', 'gateway-1', 'gateway-2'],
  'node-exporter': [],
  // A writer whose tenant no gateway knows yet is refused for good, so they wait for the first policy.
  'agent-acme': ['policy', 'envoy', 'node-exporter'],
  'agent-tickwatch': ['policy', 'envoy'],
  producers: ['policy', 'envoy'],
}

/**
 * Starts the whole platform in this folder, with the data it had, and waits until every part serves and both gateways
 * enforce a policy. When it fails, or this process ends in whatever way, nothing is left running.
 * @throws CannotStart, or PartFault with the log's end of the part that did not come up.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const stateDir = resolve(options.stateDir)
  await clearTheWay(stateDir)
  const secrets = openSecrets(join(stateDir, 'secrets.json'))
  const state = layOut(stateDir, options.portOffset, secrets)
  await mustBeFree(state)
  writeLocalState(state)

  const events = {
    changed: () => {
      const running = Object.values(parts).filter((part) => part.pid !== null)
      state.processes = Object.fromEntries(running.map((part) => [part.name, recordOf(part.pid ?? 0)]))
      writeLocalState(state)
    },
    died: (part: Part, how: string) => {
      options.onDeath?.(part, how, lastLines(join(stateDir, 'logs', `${part.name}.log`)))
    },
  }
  // Only Postgres knows how its owner signs in, once it runs.
  const databaseOwner = { url: '' }
  const launchers = launchersOf(state, secrets, options, databaseOwner)
  const parts = Object.fromEntries(
    partNames.map((name) => [name, createPart(name, launchers[name], events)]),
  ) as Record<PartName, Part>
  const wanted = partNames.filter((name) => !options.without?.includes(name))
  const has = (...names: PartName[]) => names.every((name) => wanted.includes(name))
  const stages: Stage[] = [
    { name: 'certificates', after: [], up: () => issueCertificates(stateDir) },
    ...(has('postgres')
      ? [{ name: 'database', after: ['postgres'], up: () => prepareDatabase(databaseOwner.url, state, secrets) }]
      : []),
    ...(has('ministack')
      ? [{ name: 'aws', after: ['ministack'], up: () => prepareAws(state.addresses.aws, state.pki.policyPublicKeys) }]
      : []),
    ...(has('api', 'gateway-1', 'gateway-2')
      ? [{ name: 'policy', after: ['api', 'gateway-1', 'gateway-2'], up: () => firstPolicy(state, options.signal) }]
      : []),
    ...wanted.map((name) => ({
      name,
      after: partsAfter[name],
      up: () => parts[name].start(),
    })),
  ]
  const enter = (phase: LocalState['phase'], fault: string | null = null) => {
    Object.assign(state, { phase, fault })
    writeLocalState(state)
  }
  const stop = async () => {
    enter('stopping')
    // Parts that were left out at first may run by now.
    await takeDown(
      partNames.map((name) => ({ name, after: partsAfter[name], up: async () => {}, down: () => parts[name].stop() })),
    )
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
  return { state, parts, stop }
}

/** @throws CannotStart when a platform runs in this folder. What a killed one left running is ended. */
async function clearTheWay(stateDir: string): Promise<void> {
  mustNotRun(stateDir)
  const before = readLocalState(stateDir)
  if (before) await killLeftovers(before)
}

/** @throws CannotStart when a platform runs in this folder. */
export function mustNotRun(stateDir: string): void {
  const before = readLocalState(stateDir)
  if (!before) return
  const over = before.phase === 'stopped' || before.phase === 'failed'
  if (!over && isAlive(before.supervisor)) {
    throw new CannotStart(
      `Tickwatch runs here already (process ${before.supervisor.pid}, ${before.addresses.portal}). Stop it by: npm run stop`,
    )
  }
}

async function mustBeFree(state: LocalState): Promise<void> {
  const taken = await takenPorts(portsOf(state))
  if (taken.length === 0) return
  const named = taken.map(({ name, port }) => `port ${port} (${name})`).join(', ')
  const offset = await freeOffset()
  throw new CannotStart(
    `Something else listens on ${named}. Stop it, or move all ports: ${portOffsetVariable}=${offset} npm start`,
  )
}

async function prepareDatabase(ownerUrl: string, state: LocalState, secrets: Secrets): Promise<void> {
  await migrate(ownerUrl, secrets.databasePasswords)
  const database = openDatabase(state.database)
  try {
    await seed(database)
  } finally {
    await database.close()
  }
}

/** At the very first start the gateways wait for the API to publish; later they boot from their disk. */
const firstPolicy = (state: LocalState, signal?: AbortSignal) =>
  until(
    'a policy enforced by both gateways',
    async () => {
      const ready = await Promise.all(state.addresses.gateways.map(({ httpUrl }) => answers(`${httpUrl}/ready`)))
      return ready.every(Boolean)
    },
    { seconds: 60, everyMs: 100, ...(signal ? { signal } : {}) },
  )
