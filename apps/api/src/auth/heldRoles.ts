import { type Database, grants } from '@tickwatch/db'
import type { HeldRole } from '@tickwatch/policy'
import type { HeldRoles } from './authenticate.ts'

/** A removed grant ends within this time in other processes; in this one at once. */
const cachedMs = 3_000
const entriesMax = 10_000

/** The roles that a person's e-mail address and groups were granted, kept for a moment: one page makes many calls. */
export function createHeldRoles(db: Database): HeldRoles & { forget(): void } {
  const cache = new Map<string, { untilMs: number; roles: Promise<readonly HeldRole[]> }>()
  return {
    of({ email, groups }) {
      const key = JSON.stringify([email, groups])
      const known = cache.get(key)
      if (known && known.untilMs > performance.now()) return known.roles
      if (cache.size >= entriesMax) cache.clear()
      const roles = db.platform((tx) => grants.heldBy(tx, { persons: email === null ? [] : [email], groups }))
      cache.set(key, { untilMs: performance.now() + cachedMs, roles })
      // A failure is told to who asked and kept for nobody else.
      roles.catch(() => cache.delete(key))
      return roles
    },
    forget: () => cache.clear(),
  }
}
