import type { Change } from '@tickwatch/db'

/** Fan-out of one Postgres LISTEN connection to every live view of this process. */
export type ChangeFeed = {
  publish(change: Change): void
  /**
   * Yields what `read` gives: at once, then after each change that matters and at least every `everyMs`, whenever it
   * differs from what was sent before. Changes that come while it reads or rests are taken together.
   */
  follow<T>(options: {
    matters(change: Change): boolean
    read(): Promise<T>
    everyMs: number
    signal: AbortSignal
  }): AsyncGenerator<T>
  /** Ends every live view. */
  close(): void
}

/** No viewer is served more often. */
const restMs = 100

export function createChangeFeed(): ChangeFeed {
  const listeners = new Set<(change: Change) => void>()
  const closing = new AbortController()
  return {
    publish(change) {
      for (const listener of listeners) listener(change)
    },
    async *follow({ matters, read, everyMs, signal }) {
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

/** A bell that can be waited for, with a time limit, until `life` ends. */
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
