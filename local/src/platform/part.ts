import type { Running } from '../process/processes.ts'
import type { LocalState } from './localState.ts'
import type { Secrets } from './secrets.ts'

/** A part of the local platform as data; `registry.ts` lists them all. */
export type PartSpec<PortName extends string = string> = {
  name: string
  /** Stages of the start that must be done before it: other parts, and the steps of `platform.ts`. */
  after: readonly string[]
  /** What it listens on before `TICKWATCH_PORT_OFFSET` is added, by the name that a taken port is reported with. */
  ports: Readonly<Record<PortName, number>>
  /** It runs inside the platform's own process. */
  inProcess?: true
  /** Where it is, for `npm run status`. */
  address?(state: LocalState): string
  /** Starts it, each time anew. */
  launch(context: PartContext<PortName>): Promise<Running>
}

/** What a part is launched with. */
export type PartContext<PortName extends string = string> = {
  name: string
  state: LocalState
  secrets: Secrets
  /** Its own ports, the offset added. */
  ports: Readonly<Record<PortName, number>>
  /** The folder of its data. */
  dir: string
  logFile: string
  /** What a test sets otherwise than the platform does. */
  overrides: Overrides
}

export type Overrides = {
  /** Environment variables of parts, by the part's name, on top of those that the platform sets. */
  env?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** How long the issuer's access tokens live. */
  accessTokenSeconds?: number
}

/** Types a part by the names of its ports. */
export const partSpec = <PortName extends string = never>(spec: PartSpec<PortName>) => spec

/** One running piece of the platform; tests stop and start them singly. */
export type Part = {
  readonly name: string
  /** `null` while it is stopped, and for parts that run inside this process. */
  readonly pid: number | null
  readonly running: boolean
  /** @throws PartFault when it does not come up. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Sends the signal and waits for its end; parts inside this process are stopped. */
  kill(signal: NodeJS.Signals): Promise<void>
}

export type PartEvents = {
  /** Its process id changed. */
  changed(): void
  /** It ended though nobody asked it to. */
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

/** What runs inside this process, as a {@link Running}: it has no process to signal. */
export const inProcess = (service: { stop(): Promise<void> }): Running => ({
  pid: null,
  ended: new Promise(() => {}),
  stop: () => service.stop(),
  kill: () => service.stop(),
})
