import type { HeldRole } from '@tickwatch/policy'

/** Who asks, as their checked access token and the grants tell; and how, for the audit log. */
export type Caller = {
  /** The token's `sub`: what four-eyes compares. */
  subject: string
  name: string
  /** Lower-case; null when the token has none. */
  email: string | null
  held: readonly HeldRole[]
  /** When the token ends, milliseconds since the epoch; streams end with it. */
  expiresAtMs: number
  requestId: string
  /** Client address. */
  source: string | null
}
