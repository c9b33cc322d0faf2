import { join } from 'node:path'
import { writeEndpoints } from '../../parts/envoy/endpoints.ts'
import type { CertificateFiles } from '../../platform/localState.ts'
import { freePort } from '../../process/ports.ts'
import { lastLines, type Running, startProcess } from '../../process/processes.ts'
import { answers } from '../../process/until.ts'
import type { MachineOrder, Machines } from '../fleet.ts'
import type { MachineState } from '../refresh/machines.ts'

/** What runs on an instance of an image: the image's artifact, or today's sources. */
export type ImageProgram = {
  command: string
  args: readonly string[]
  cwd?: string
  /** Overrides what every gateway gets. */
  env?: Readonly<Record<string, string>>
}

/** What one instance has for itself. */
export type OwnPlace = {
  id: string
  /** A certificate with its own SPIFFE id. */
  certificate: CertificateFiles
  socket: string
  httpPort: number
  stateDir: string
}

export type GatewayMachinesOptions = {
  /** For the state of each instance. */
  dir: string
  /** For the log of each instance. */
  logDir: string
  /** For the sockets. Their paths are limited to some 100 bytes. */
  socketDir: string
  /** For `/ready`, `/healthz` and `/metrics`: the first that is free. If all are in use, any free port is taken. */
  ports: readonly number[]
  /** The folder of Envoy, which reads its gateways from a file there. */
  envoyDir: string
  /** @throws Error if the image has none. */
  programOf: (imageId: string) => ImageProgram | Promise<ImageProgram>
  issue: (instanceId: string) => Promise<CertificateFiles>
  environment: (order: MachineOrder, place: OwnPlace) => Readonly<Record<string, string>>
  /** Gets lines for people to read. */
  say: (line: string) => void
  /** Called when {@link GatewayMachines.running} changed. */
  changed?: () => void
}

/** A gateway process, which has answered already. */
export type RunningMachine = {
  order: MachineOrder
  place: OwnPlace
  pid: number | null
  /** It is drained and ends. */
  isGoing: boolean
}

type Machine = {
  order: MachineOrder
  state: MachineState
  isGoing: boolean
  /** Ends its process while that does not answer yet. */
  starting: AbortController
  /** Null until its process answers, and again once that has ended. */
  runs: { place: OwnPlace; pid: number | null } | null
  /** Null if it could not be started. */
  process: Promise<Running | null>
  httpPort: number | null
  fault: unknown
}

/** A small machine starts many gateways at once. */
const startsWithinSeconds = 120

/** Real gateway processes as instances, behind the Envoy of a folder. */
export class GatewayMachines implements Machines {
  readonly #options: GatewayMachinesOptions
  readonly #machines = new Map<string, Machine>()
  /** Those of the options, and those of instances that ended: `freePort` returns no port twice as long as this process runs. */
  readonly #freePorts: number[]

  constructor(options: GatewayMachinesOptions) {
    this.#options = options
    this.#freePorts = [...options.ports]
    this.#writeEndpoints()
  }

  launch(order: MachineOrder): void {
    const machine: Machine = {
      ...{ order, state: 'starting', isGoing: false, runs: null, fault: null },
      httpPort: this.#freePorts.shift() ?? null,
      starting: new AbortController(),
      process: Promise.resolve(null),
    }
    this.#machines.set(order.instance.id, machine)
    machine.process = this.#start(machine).catch((cause: unknown) => {
      machine.fault = cause
      const why = cause instanceof Error ? cause.message : String(cause)
      if (!machine.isGoing) this.#options.say(`${order.instance.id} did not start: ${why}`)
      this.#ended(machine)
      return null
    })
  }

  terminate(id: string): void {
    const machine = this.#machines.get(id)
    if (!machine) return
    // Envoy must send it nothing new before it drains.
    machine.isGoing = true
    this.#changed()
    void this.#end(machine)
  }

  async seen(): Promise<ReadonlyMap<string, MachineState>> {
    await Promise.all([...this.#machines.values()].map(askReady))
    const states = new Map([...this.#machines].map(([id, { state }]) => [id, state]))
    for (const [id, state] of states) if (state === 'ended') this.#machines.delete(id)
    return states
  }

  /**
   * Waits until each that was launched answers, or has ended.
   * @throws PartFault of one of them if none answers
   */
  async started(): Promise<void> {
    const all = [...this.#machines.values()]
    const processes = await Promise.all(all.map((machine) => machine.process))
    if (processes.some((process) => process !== null)) return
    throw (
      all.find(({ fault }) => fault !== null)?.fault ?? new Error('the fleet has no instance that could be launched')
    )
  }

  running(): RunningMachine[] {
    return [...this.#machines.values()].flatMap(({ order, isGoing, runs }) =>
      runs ? [{ order, isGoing, ...runs }] : [],
    )
  }

  /** Null if no process of this instance runs. */
  pidOf(id: string): number | null {
    return this.#machines.get(id)?.runs?.pid ?? null
  }

  /** Ends all of them. */
  async stop(): Promise<void> {
    await Promise.all([...this.#machines.values()].map((machine) => this.#end(machine)))
  }

  async #start(machine: Machine): Promise<Running | null> {
    const { instance, imageId } = machine.order
    const { id } = instance
    const { dir, logDir, socketDir, programOf, issue, environment, say } = this.#options
    const program = await programOf(imageId)
    machine.httpPort ??= await freePort()
    const { httpPort } = machine
    const place: OwnPlace = {
      id,
      certificate: await issue(id),
      socket: join(socketDir, `${id}.sock`),
      httpPort,
      stateDir: join(dir, id),
    }
    const logFile = join(logDir, `${id}.log`)
    const running = await startProcess({
      name: id,
      command: program.command,
      args: program.args,
      ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
      env: { ...environment(machine.order, place), ...program.env },
      logFile,
      ready: () => answers(`http://127.0.0.1:${httpPort}/healthz`),
      readyWithinSeconds: startsWithinSeconds,
      signal: machine.starting.signal,
    })
    machine.runs = { place, pid: running.pid }
    void running.ended.then((how) => {
      if (!machine.isGoing) {
        say(`${id} ${how}; its group launches another instance. Its log ends:\n${lastLines(logFile)}`)
      }
      this.#ended(machine)
    })
    // Envoy asks `/ready` itself before it sends anything.
    this.#changed()
    return running
  }

  async #end(machine: Machine): Promise<void> {
    machine.isGoing = true
    machine.starting.abort(new Error('it is to go'))
    await (await machine.process)?.stop()
  }

  #ended(machine: Machine): void {
    machine.state = 'ended'
    machine.runs = null
    if (machine.httpPort !== null) this.#freePorts.push(machine.httpPort)
    this.#freePorts.sort((a, b) => a - b)
    machine.httpPort = null
    this.#changed()
  }

  #changed(): void {
    this.#writeEndpoints()
    this.#options.changed?.()
  }

  #writeEndpoints(): void {
    const upstreams = this.running()
      .filter(({ isGoing }) => !isGoing)
      .map(({ place: { id, socket, httpPort } }) => ({ id, socket, httpPort }))
    writeEndpoints(this.#options.envoyDir, upstreams)
  }
}

async function askReady(machine: Machine): Promise<void> {
  const { runs } = machine
  if (!runs) return
  const isReady = await answers(`http://127.0.0.1:${runs.place.httpPort}/ready`).catch(() => false)
  // It may have ended meanwhile.
  if (machine.state !== 'ended') machine.state = isReady ? 'ready' : 'not ready'
}
