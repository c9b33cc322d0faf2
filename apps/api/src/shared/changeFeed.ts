import type { Change } from '@tickwatch/db'

/** Passes what one Postgres LISTEN connection hears on to every live view of this process. */
export type ChangeFeed = {
  publish(change: Change): void
  /** Calls `listener` with each change, until the process ends. */
  listen(listener: (change: Change) => void): void
  /**
   * Yields the result of `read` at once, and then each result that differs from the last one. It reads after each
   * change that matters, and at least every `everyMs`. All changes during one read or rest lead to one further read.
   */
  follow<T>(options: {
    matters(change: Change): boolean
    read(): Promise<T>
    everyMs: number
    /** The shortest time between two reads; 100 ms by default. */
    restMs?: number
    signal: AbortSignal
  }): AsyncGenerator<T>
  /** Ends every live view. */
  close(): void
}

export function createChangeFeed(): ChangeFeed {
  const listeners = new Set<(change: Change) => void>()
  const closing = new AbortController()
  return {
    publish(change) {
      for (const listener of listeners) listener(change)
    },
    listen: (listener) => void listeners.add(listener),
    async *follow({ matters, read, everyMs, restMs = 100, signal }) {
      const life = AbortSignal.any([signal, closing.signal])
      const wake = createWake(life)
      const listener = (change: Change) => {
        if (matters(change)) wake.ring()
      }
      listeners.add(listener)
      try {
        let sent: string | undefined
        while (!life.aborted) {
          wake.reset()
          const view = await read()
          const text = JSON.stringify(view)
          if (text !== sent) yield view
          sent = text
          await wake.rested(restMs)
          await wake.rung(everyMs)
        }
      } finally {
        listeners.delete(listener)
      }
    },
    close: () => closing.abort(),
  }
}

/** `rung` waits for `ring`, at most the given time; `rested` waits the whole time. Both end when `life` aborts. */
function createWake(life: AbortSignal) {
  let ringing = false
  let answer: (() => void) | null = null
  const wait = (ms: number, early: boolean) =>
    new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        life.removeEventListener('abort', done)
        answer = null
        resolve()
      }
      const timer = setTimeout(done, ms)
      if (life.aborted) return done()
      life.addEventListener('abort', done, { once: true })
      if (early) answer = done
    })
  return {
    ring() {
      ringing = true
      answer?.()
    },
    reset() {
      ringing = false
    },
    rested: (ms: number) => wait(ms, false),
    rung: (ms: number) => (ringing ? Promise.resolve() : wait(ms, true)),
  }
}
