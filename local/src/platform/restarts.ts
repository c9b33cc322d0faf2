/** What `npm run status` says of a part that ended although nobody stopped it. */
export type Restart = {
  /** How often it ended, or did not start again, since the platform started. */
  count: number
  /** The last time, as the end of a sentence, such as `was ended by SIGKILL`. */
  how: string
  /** When it is started again, in ISO 8601. Null once that is done. */
  nextAt: string | null
}

/** What `npm run status` prints of it. */
export const describeRestart = ({ count, how, nextAt }: Restart): string =>
  `${how}${count > 1 ? ` (${count} times in all)` : ''}; ${nextAt ? `starts at ${nextAt.slice(11, 19)} UTC` : 'started again'}`

const firstPauseMs = 1_000
const pauseMaxMs = 30_000
/** After a part has run for this long, its next pause is the first one again. */
const steadyAfterMs = 60_000

/**
 * The pause before a part is started again. It grows while the part keeps dying, so that a part that can't run does not
 * keep the machine busy, and its fault can be read.
 * @param lastPauseMs the pause before its last start; null if that was the start of the platform
 * @param ranMs how long it ran after that; 0 if it did not start
 */
export const pauseMs = (lastPauseMs: number | null, ranMs: number): number =>
  lastPauseMs === null || ranMs >= steadyAfterMs ? firstPauseMs : Math.min(lastPauseMs * 2, pauseMaxMs)

type Startable = { readonly name: string; start(): Promise<void> }

/** Starts parts again that ended although nobody stopped them. */
export type Restarts = {
  died(part: Startable, how: string): void
  /** Starts nothing any more. Waits for the starts under way, so that what they started can be stopped. */
  stop(): Promise<void>
}

/**
 * @param say gets each line for people to read
 * @param changed gets what to show of a part
 */
export function superviseParts(
  say: (line: string) => void,
  changed: (name: string, restart: Restart) => void,
): Restarts {
  const lastStarts = new Map<string, { pauseMs: number; count: number; runsSince: number }>()
  const timers = new Set<NodeJS.Timeout>()
  const starting = new Set<Promise<void>>()
  let stopped = false

  const restartLater = (part: Startable, how: string, ranMs: number) => {
    const last = lastStarts.get(part.name)
    const pause = pauseMs(last?.pauseMs ?? null, ranMs)
    const count = (last?.count ?? 0) + 1
    lastStarts.set(part.name, { pauseMs: pause, count, runsSince: 0 })
    changed(part.name, { count, how, nextAt: new Date(Date.now() + pause).toISOString() })
    say(`${part.name} starts again in ${pause / 1_000} s`)
    const timer = setTimeout(() => {
      timers.delete(timer)
      const start = startNow(part, { count, how, nextAt: null }, pause).finally(() => starting.delete(start))
      starting.add(start)
    }, pause)
    timers.add(timer)
  }

  const startNow = async (part: Startable, restart: Restart, pause: number) => {
    try {
      await part.start()
    } catch (fault) {
      say(`${part.name} could not be started again: ${fault instanceof Error ? fault.message : String(fault)}`)
      if (!stopped) restartLater(part, 'did not start again', 0)
      return
    }
    lastStarts.set(part.name, { pauseMs: pause, count: restart.count, runsSince: performance.now() })
    changed(part.name, restart)
    say(`${part.name} started again`)
  }

  return {
    died(part, how) {
      if (!stopped) restartLater(part, how, performance.now() - (lastStarts.get(part.name)?.runsSince ?? 0))
    },
    async stop() {
      stopped = true
      for (const timer of timers) clearTimeout(timer)
      await Promise.all(starting)
    },
  }
}
