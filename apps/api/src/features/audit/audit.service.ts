import {
  type AuditLink,
  auditGenesis,
  auditLog,
  type Database,
  followAuditChain,
  type StoredAuditEvent,
} from '@tickwatch/db'
import type { z } from 'zod'
import { DomainError } from '../../errors.ts'
import type { Page } from '../quota/quota.types.ts'
import type { AuditEventView, AuditExport, ChainView, exportInput, listInput, verifyInput } from './audit.types.ts'

export type AuditService = {
  list(input: z.output<typeof listInput>): Promise<Page<AuditEventView>>
  /** Follows the whole chain, unless that was done in the last 30 s. */
  verify(input: z.output<typeof verifyInput>): Promise<ChainView>
  export(input: z.output<typeof exportInput>): Promise<AuditExport>
}

const verifiedForMs = 30_000
const verifyPageEvents = 10_000
const exportPageEvents = 1_000

export function createAuditService(db: Database): AuditService {
  let last: { atMs: number; view: Promise<ChainView> } | null = null
  return {
    async list({ from, to, ...request }) {
      const range = { ...(from ? { from: new Date(from) } : {}), ...(to ? { to: new Date(to) } : {}) }
      const page = await db.platform((tx) => auditLog.list(tx, { ...request, ...range }))
      return { ...page, items: page.items.map(eventView) }
    },

    verify({ now }) {
      if (last && !now && performance.now() - last.atMs < verifiedForMs) return last.view
      const view = verifyChain(db)
      last = { atMs: performance.now(), view }
      view.catch(() => {
        last = null
      })
      return view
    },

    async export({ cursor }) {
      const afterSeq = Number(cursor ?? 0)
      if (!Number.isSafeInteger(afterSeq) || afterSeq < 0) {
        throw new DomainError('invalid', 'cursor-invalid', 'The export cannot go on from there; start it again.')
      }
      const rows = await db.platform((tx) => auditLog.page(tx, afterSeq, exportPageEvents))
      const lines = rows.map(({ seq, hash, body }) => `${JSON.stringify({ seq, hash, body })}\n`)
      const end = rows.at(-1)
      return { ndjson: lines.join(''), nextCursor: rows.length === exportPageEvents && end ? `${end.seq}` : null }
    },
  }
}

async function verifyChain(db: Database): Promise<ChainView> {
  // Events that come while it runs are left to the next time.
  const head = await db.platform((tx) => auditLog.head(tx))
  let link: AuditLink = auditGenesis
  let broken: ChainView['broken'] = null
  while (link.seq < head.seq && !broken) {
    const count = Math.min(verifyPageEvents, head.seq - link.seq)
    const rows = await db.platform((tx) => auditLog.page(tx, link.seq, count))
    if (rows.length === 0) broken = { seq: link.seq + 1, what: `the log ends before event ${head.seq}` }
    const followed = followAuditChain(link, rows)
    link = followed.link
    broken ??= followed.fault
  }
  if (!broken && link.hash !== head.hash) broken = { seq: head.seq, what: 'it is not the event that was written last' }
  return {
    intact: broken === null,
    verifiedUpTo: link.seq,
    events: head.seq,
    verifiedAt: new Date().toISOString(),
    broken,
  }
}

const eventView = (event: StoredAuditEvent): AuditEventView => ({
  ...event,
  occurredAt: event.occurredAt.toISOString(),
})
