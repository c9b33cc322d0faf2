import { join } from 'node:path'
import { type Upstream, writeEndpoints } from '../../parts/envoy/endpoints.ts'
import type { CertificateFiles } from '../../platform/localState.ts'
import { freePort } from '../../process/ports.ts'
import { type Running, startProcess } from '../../process/processes.ts'
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
  /** For the state and the log of each instance. */
  dir: string
  /** For the sockets. Their paths are limited to some 100 bytes. */
  socketDir: string
  /** The folder of Envoy, which reads its gateways from a file there. */
  envoyDir: string
  /** By image id. */
  programs: Readonly<Record<string, ImageProgram>>
  issue: (instanceId: string) => Promise<CertificateFiles>
  environment: (order: MachineOrder, place: OwnPlace) => Readonly<Record<string, string>>
  /** Gets lines for people to read. */
  say: (line: string) => void
}

type Machine = {
  state: MachineState
  /** Null until its process answers, and again once it is to go. */
  upstream: Upstream | null
  httpUrl: string | null
  isGoing: boolean
  pid: number | null
  /** Null if it could not be started. */
  process: Promise<Running | null>
}

/** A small machine starts many gateways at once. */
const startsWithinSeconds = 120

/** Real gateway processes as instances, behind the Envoy of a folder. */
export class GatewayMachines implements Machines {
  readonly #options: GatewayMachinesOptions
  readonly #machines = new Map<string, Machine>()

  constructor(options: GatewayMachinesOptions) {
    this.#options = options
    this.#writeEndpoints()
  }

  launch(order: MachineOrder): void {
    const machine: Machine = {
      ...{ state: 'starting', upstream: null, httpUrl: null, isGoing: false, pid: null },
      process: Promise.resolve(null),
    }
    this.#machines.set(order.instance.id, machine)
    machine.process = this.#start(order, machine).catch((cause: unknown) => {
      this.#options.say(`${order.instance.id} did not start: ${cause instanceof Error ? cause.message : String(cause)}`)
      this.#ended(machine)
      return null
    })
  }

  terminate(id: string): void {
    const machine = this.#machines.get(id)
    if (!machine) return
    // Envoy must send it nothing new before it drains.
    machine.isGoing = true
    machine.upstream = null
    this.#writeEndpoints()
    void this.#end(machine)
  }

  async seen(): Promise<ReadonlyMap<string, MachineState>> {
    await Promise.all([...this.#machines.values()].map(askReady))
    const states = new Map([...this.#machines].map(([id, { state }]) => [id, state]))
    for (const [id, state] of states) if (state === 'ended') this.#machines.delete(id)
    return states
  }

  /** Null if no process of this instance runs. */
  pidOf(id: string): number | null {
    const machine = this.#machines.get(id)
    return machine && machine.state !== 'ended' ? machine.pid : null
  }

  /** Ends all of them. */
  async stop(): Promise<void> {
    await Promise.all([...this.#machines.values()].map((machine) => this.#end(machine)))
  }

  async #start(order: MachineOrder, machine: Machine): Promise<Running | null> {
    const { instance, imageId } = order
    const { dir, socketDir, programs, issue, environment, say } = this.#options
    const program = programs[imageId]
    if (!program) throw new Error(`the image ${imageId} has no program`)
    const [httpPort, certificate] = await Promise.all([freePort(), issue(instance.id)])
    const place: OwnPlace = {
      id: instance.id,
      certificate,
      socket: join(socketDir, `${instance.id}.sock`),
      httpPort,
      stateDir: join(dir, instance.id),
    }
    const httpUrl = `http://127.0.0.1:${httpPort}`
    const running = await startProcess({
      name: instance.id,
      command: program.command,
      args: program.args,
      ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
      env: { ...environment(order, place), ...program.env },
      logFile: join(dir, `${instance.id}.log`),
      ready: () => answers(`${httpUrl}/healthz`),
      readyWithinSeconds: startsWithinSeconds,
    })
    machine.pid = running.pid
    void running.ended.then((how) => {
      say(`${instance.id} ${how}`)
      this.#ended(machine)
    })
    if (!machine.isGoing) {
      // Envoy asks `/ready` itself before it sends anything.
      machine.upstream = { id: instance.id, socket: place.socket, httpPort }
      machine.httpUrl = httpUrl
      this.#writeEndpoints()
    }
    return running
  }

  async #end(machine: Machine): Promise<void> {
    machine.isGoing = true
    await (await machine.process)?.stop()
  }

  #ended(machine: Machine): void {
    machine.state = 'ended'
    machine.httpUrl = null
    if (machine.upstream === null) return
    machine.upstream = null
    this.#writeEndpoints()
  }

  #writeEndpoints(): void {
    const upstreams = [...this.#machines.values()].flatMap(({ upstream }) => upstream ?? [])
    writeEndpoints(this.#options.envoyDir, upstreams)
  }
}

async function askReady(machine: Machine): Promise<void> {
  const { httpUrl } = machine
  if (httpUrl === null) return
  const isReady = await answers(`${httpUrl}/ready`).catch(() => false)
  // It may have ended meanwhile.
  if (machine.state !== 'ended') machine.state = isReady ? 'ready' : 'not ready'
}
