import { type Database, grants } from '@tickwatch/db'
import type { HeldRole } from '@tickwatch/policy'
import { createCache } from '../shared/cached.ts'
import type { HeldRoles } from './authenticate.ts'

/** For at most this time a removed grant still counts in other processes. In this one it ends at once. */
const cachedMs = 3_000
const entriesMax = 10_000

/** The roles granted to a person's e-mail address and groups. They are cached, because one page makes many calls. */
export function createHeldRoles(db: Database): HeldRoles & { forget(): void } {
  const cache = createCache<readonly HeldRole[]>(cachedMs, entriesMax)
  return {
    of: ({ email, groups }) =>
      cache.get(JSON.stringify([email, groups]), () =>
        db.platform((tx) => grants.heldBy(tx, { persons: email === null ? [] : [email], groups })),
      ),
    forget: cache.clear,
  }
}
