import { z } from 'zod'
import { cursorInput } from '../../shared/page.types.ts'

export const listInput = z.object({
  ...cursorInput,
  tenantId: z.string().max(63).optional(),
  actor: z.string().max(200).optional(),
  action: z.string().max(100).optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
})
/** The whole log, chunk by chunk: only without gaps can its hashes be followed. */
export const exportInput = z.object({ cursor: cursorInput.cursor })
/** `now`: verify again rather than answer with a result of the last 30 s. */
export const verifyInput = z.object({ now: z.boolean().default(false) })

export type AuditEventView = {
  seq: number
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
}

/** State of the chain: every event up to `verifiedUpTo` hashes to what it should. */
export type ChainView = {
  intact: boolean
  verifiedUpTo: number
  events: number
  verifiedAt: string
  /** The first event that does not fit, and how; null when intact. */
  broken: { seq: number; what: string } | null
  /** How many checkpoints outside the database agree; null when it is broken, or when they could not be read. */
  checkpoints: { agree: number; newest: { seq: number; storedAt: string } | null } | null
}

/** One chunk of the log, oldest first: one JSON object a line, each with the hashed text, so that it can be verified offline. */
export type AuditExport = { ndjson: string; nextCursor: string | null }
