import { idForms, readerTokenDaysMax } from '@tickwatch/policy'
import { z } from 'zod'
import { idInput, textInput } from '../../shared/inputs.ts'
import { cursorInput, type Person } from '../../shared/page.types.ts'
import type { ProgressView } from '../policy/policy.types.ts'

export const createInput = z.object({
  name: idInput(idForms.peer),
  expiresInDays: z.number().int().min(1).max(readerTokenDaysMax),
})
/** `confirm` must repeat the token's name: the screen asks for it. */
export const revokeInput = z.object({ id: z.uuid(), confirm: textInput(100) })
export const endedInput = z.object(cursorInput)

/** Facts about a reader's token, without the token itself: it cannot be shown again. Times are ISO 8601, UTC. */
export type ReaderView = {
  id: string
  name: string
  createdAt: string
  by: Person
  expiresAt: string
  state: 'live' | 'expired' | 'revoked'
  revoked: { at: string; by: Person } | null
  /** The last use that a gateway reported, to the minute. */
  lastUsedAt: string | null
  /**
   * Since when all gateways report uses: of earlier uses some may be missing. Null if a gateway does not report them now.
   */
  usesKnownSince: string | null
  /** The id of the change that created it, or that revoked it. The portal follows the propagation of this change. */
  change: number
  progress: Pick<ProgressView, 'version' | 'state' | 'enforcedMs'>
}
export type ReadersView = {
  /** Live tokens, newest first. */
  items: ReaderView[]
  /** How many live tokens a tenant may have. */
  liveMax: number
}
export type CreatedReader = {
  reader: ReaderView
  /** Only in this answer: the database keeps only its hash. */
  token: string
}
