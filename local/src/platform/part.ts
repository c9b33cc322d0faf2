import type { Person } from '../parts/issuer/people.ts'
import type { Running } from '../process/processes.ts'
import type { GatewayAddress, LocalState } from './localState.ts'
import type { Secrets } from './secrets.ts'

/** A part of the local platform, described as data. `registry.ts` lists all parts. */
export type PartSpec<PortName extends string = string> = {
  name: string
  /** Stages of the start that must be done first: other parts, and the steps of `platform.ts`. */
  after: readonly string[]
  /** Its ports before `TICKWATCH_PORT_OFFSET` is added. Faults about taken ports use these names. */
  ports: Readonly<Record<PortName, number>>
  /** True if it runs inside the platform's own process. */
  inProcess?: true
  /** Its address, for `npm run status`. */
  address?(state: LocalState): string
  /** Starts it. Called again for each restart. */
  launch(context: PartContext<PortName>): Promise<Running>
}

/** What a part is launched with. */
export type PartContext<PortName extends string = string> = {
  name: string
  state: LocalState
  secrets: Secrets
  /** Its ports, with the offset added. */
  ports: Readonly<Record<PortName, number>>
  /** The folder for its data. */
  dir: string
  logFile: string
  /** Settings that a test changes. */
  overrides: Overrides
  /** Prints a line for people to read. */
  say(line: string): void
  /** Takes note of the gateways that a part runs itself. Called each time that they changed. */
  gatewaysRun(gateways: readonly RunningGateway[]): void
}

/** A gateway that is an instance of the fleet. */
export type RunningGateway = {
  address: GatewayAddress
  pid: number | null
  /** It is drained and ends. */
  isGoing: boolean
}

export type Overrides = {
  /** Extra environment variables of parts, keyed by the part's name. They override those that the platform sets. Those of `fleet` are for its gateways. */
  env?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** How long the issuer's access tokens live. */
  accessTokenSeconds?: number
  /** People of the issuer besides its own. */
  morePeople?: readonly Person[]
}

/** Gives a part a type with the names of its ports. */
export const partSpec = <PortName extends string = never>(spec: PartSpec<PortName>) => spec

/** One part of a started platform. Tests can stop and start each part alone. */
export type Part = {
  readonly name: string
  /** `null` while it is stopped, and for parts that run inside this process. */
  readonly pid: number | null
  readonly running: boolean
  /** @throws PartFault if it does not start. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Sends the signal and waits until the process has ended. A part inside this process is stopped instead. */
  kill(signal: NodeJS.Signals): Promise<void>
}

export type PartEvents = {
  /** Called when its process id changed. */
  changed(): void
  /** Called when it ended although nobody stopped it. */
  died(part: Part, how: string): void
}

export function createPart(name: string, launch: () => Promise<Running>, events: PartEvents): Part {
  let running: Running | undefined
  const end = async (how: (current: Running) => Promise<void>) => {
    const current = running
    running = undefined
    if (current) await how(current)
    events.changed()
  }
  const part: Part = {
    name,
    get pid() {
      return running?.pid ?? null
    },
    get running() {
      return running !== undefined
    },
    async start() {
      if (running) return
      const launched = await launch()
      running = launched
      events.changed()
      void launched.ended.then((how) => {
        if (running !== launched) return
        running = undefined
        events.changed()
        events.died(part, how)
      })
    },
    stop: () => end((current) => current.stop()),
    kill: (signal) => end((current) => current.kill(signal)),
  }
  return part
}

/** A {@link Running} for a service inside this process. It has no process of its own to signal. */
export const inProcess = (service: { stop(): Promise<void> }): Running => ({
  pid: null,
  ended: new Promise(() => {}),
  stop: () => service.stop(),
  kill: () => service.stop(),
})
