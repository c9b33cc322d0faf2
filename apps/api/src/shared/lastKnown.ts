import { DatabaseUnavailable } from '@tickwatch/db'
import { keptFor } from './cached.ts'

/** What Postgres answered. `isOld` if it does not answer now. */
export type Known<T> = { value: T; readAt: Date; isOld: boolean }

/**
 * Reads from Postgres, and keeps the last answer for when it does not answer. A newer read is shared for `freshForMs`.
 * @returns a function whose argument says that Postgres did not answer the same request a moment ago: then it does not wait
 *   for it again. It throws DatabaseUnavailable if this process never had an answer.
 */
export function createLastKnown<T>(freshForMs: number, read: () => Promise<T>): (isAway: boolean) => Promise<Known<T>> {
  let last: { value: T; readAt: Date } | null = null
  const fresh = keptFor(freshForMs, async () => {
    last = { value: await read(), readAt: new Date() }
    return last
  })
  return async (isAway) => {
    if (isAway && last) return { ...last, isOld: true }
    try {
      return { ...(await fresh()), isOld: false }
    } catch (cause) {
      if (!last || !(cause instanceof DatabaseUnavailable)) throw cause
      return { ...last, isOld: true }
    }
  }
}
