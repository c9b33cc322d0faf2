import type { HeldRole } from '@tickwatch/policy'

/** The person who sent a request, from the verified access token and the grants. The last two are for the audit log. */
export type Caller = {
  /** The token's `sub`. The four-eyes rule compares it. */
  subject: string
  name: string
  /** Lower-case; null when the token has none. */
  email: string | null
  /** The address in the token, if nobody says that it is verified: roles given to it do not apply. */
  unverifiedEmail: string | null
  /** The token leaves the groups out because they are too many: roles given to groups do not apply. */
  groupsLeftOut: boolean
  /** The portal's session that sent the request; null if another program sent it. */
  sessionId: string | null
  held: readonly HeldRole[]
  /** Postgres did not answer. `held` is then empty, and nobody knows whether the session was signed out. */
  rolesUnknown?: boolean
  /** When the token expires, milliseconds since the epoch. Streams end then. */
  expiresAtMs: number
  requestId: string
  /** Client address. */
  source: string | null
}
