import { DatabaseUnavailable } from '@tickwatch/db'
import { createCache } from './cached.ts'

/** What Postgres answered. `isOld` if it does not answer now. */
export type Known<T> = { value: T; readAt: Date; isOld: boolean }

/** Reads from Postgres, and keeps the last answer for when it does not answer. A newer read is shared for `freshForMs`. */
export function createLastKnown<T>(freshForMs: number, read: () => Promise<T>) {
  let last: { value: T; readAt: Date } | null = null
  const cache = createCache<{ value: T; readAt: Date }>(freshForMs, 1)
  const fresh = () =>
    cache.get('', async () => {
      last = { value: await read(), readAt: new Date() }
      return last
    })
  return {
    /**
     * @param isAway Postgres did not answer the same request a moment ago: then it does not wait for it again
     * @throws DatabaseUnavailable if this process never had an answer
     */
    async read(isAway: boolean): Promise<Known<T>> {
      if (isAway && last) return { ...last, isOld: true }
      try {
        return { ...(await fresh()), isOld: false }
      } catch (cause) {
        if (!last || !(cause instanceof DatabaseUnavailable)) throw cause
        return { ...last, isOld: true }
      }
    },
    /** The next read is a new one: the answer has changed. */
    forget: () => cache.clear(),
  }
}
