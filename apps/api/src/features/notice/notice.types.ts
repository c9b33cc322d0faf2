import { z } from 'zod'

/** What a notice is about. */
export type NoticeKind =
  | 'requestWaits'
  | 'requestDecided'
  | 'nearLimit'
  | 'refusals'
  | 'tokenExpires'
  | 'certificateExpires'

/** What a transaction asks to be announced after it commits. */
export const announcement = z.discriminatedUnion('what', [
  z.object({ what: z.literal('requestWaits'), id: z.string() }),
  z.object({ what: z.literal('requestDecided'), id: z.string() }),
  z.object({ what: z.literal('quotaChanged'), tenantId: z.string(), revision: z.number().int() }),
])
export type Announcement = z.output<typeof announcement>

export const seenInput = z.object({ throughId: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER) })

export type NoticeView = {
  id: number
  /** One of {@link NoticeKind}, or of a newer release. */
  kind: string
  severity: string
  /** Null if it is about the platform. */
  tenantId: string | null
  title: string
  text: string
  /** A path in the portal. */
  path: string
  /** ISO 8601, UTC. */
  createdAt: string
  isNew: boolean
}
/** The bell: the newest first. */
export type NoticesView = { items: NoticeView[]; newCount: number }
