import { z } from 'zod'
import { textInput, timeInput } from '../../shared/inputs.ts'
import { cursorInput } from '../../shared/page.types.ts'

export const listInput = z.object({
  ...cursorInput,
  tenantId: textInput(63).optional(),
  /** A part of an id or a name, whatever its case. */
  actor: textInput(200).optional(),
  /** A part of an action. */
  action: textInput(100).optional(),
  from: timeInput.optional(),
  to: timeInput.optional(),
})
/** The whole log in chunks. It has no filters: hashes can be checked only if no event is missing. */
export const exportInput = z.object({ cursor: cursorInput.cursor })
/** `now`: check the whole chain now, instead of returning a result of the last 30 s. */
export const verifyInput = z.object({ now: z.boolean().default(false) })

export type AuditEventView = {
  seq: number
  /** Opens the page of `audit.list` that begins with this event. */
  cursor: string
  occurredAt: string
  /** `person`, `machine` (a gateway) or `system` (a worker). */
  actorKind: 'person' | 'machine' | 'system'
  actor: string
  actorName: string
  action: string
  tenantId: string | null
  target: string
  before: unknown
  after: unknown
  reason: string | null
  requestId: string | null
  /** Client address. */
  source: string | null
  hash: string
  /** Set if the content can't be read, because someone forged it. Then only number, time, names and action are given. */
  unreadable?: true
}

/** State of the chain: every event up to `verifiedUpTo` has the right hash. */
export type ChainView = {
  intact: boolean
  verifiedUpTo: number
  events: number
  verifiedAt: string
  /** The first event that is wrong, and what is wrong with it; null if the chain is intact. */
  broken: { seq: number; what: string } | null
  /** How many checkpoints outside the database agree; null if the chain is broken or they could not be read. */
  checkpoints: { agree: number; newest: { seq: number; storedAt: string } | null } | null
}

/** A chunk of the log, oldest first: one JSON object per line, with the hashed text, for verification offline. */
export type AuditExport = { ndjson: string; nextCursor: string | null }
