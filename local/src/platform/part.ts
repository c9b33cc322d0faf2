import type { Running } from '../process/processes.ts'

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
