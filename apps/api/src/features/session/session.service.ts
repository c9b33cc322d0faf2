import { type Database, sessions } from '@tickwatch/db'
import { sessionMaxAgeSeconds } from '@tickwatch/policy'
import type { EndedSessions } from '../../auth/authenticate.ts'
import type { Caller } from '../../auth/caller.ts'
import type { ChangeFeed } from '../../shared/changeFeed.ts'
import { DomainError } from '../../shared/errors.ts'
import { createChangeCounts } from './changeCounts.ts'
import type { ChangeCounts } from './session.types.ts'

export type SessionService = EndedSessions & {
  /**
   * Ends the session that sent this request: from now on every process of the API refuses it, also with a cookie that
   * somebody copied before.
   */
  end(caller: Caller): Promise<{ ended: true }>
  /** How often what the person's open pages show has changed. */
  changes(caller: Caller): ChangeCounts
  changesLive(caller: Caller, signal: AbortSignal): AsyncGenerator<ChangeCounts>
}

export function createSessionService(db: Database, feed: ChangeFeed): SessionService {
  const changed = createChangeCounts(feed)
  return {
    hasEnded: (sessionId) => db.platform((tx) => sessions.hasEnded(tx, sessionId)),

    async end({ sessionId }) {
      if (sessionId === null) {
        throw new DomainError('invalid', 'session-unknown', 'This request names no session of the portal to end.')
      }
      const expiresAt = new Date(Date.now() + sessionMaxAgeSeconds * 1_000)
      await db.platform((tx) => sessions.end(tx, sessionId, expiresAt))
      return { ended: true }
    },

    changes: ({ held }) => changed.now(held),
    changesLive: ({ held }, signal) => changed.live(held, signal),
  }
}
