import {
  type AuditFault,
  type AuditLink,
  auditGenesis,
  auditLog,
  type Database,
  followAuditChain,
  type StoredAuditEvent,
} from '@tickwatch/db'
import type { z } from 'zod'
import { DomainError } from '../../shared/errors.ts'
import type { Page } from '../../shared/page.types.ts'
import type { AuditEventView, AuditExport, ChainView, exportInput, listInput, verifyInput } from './audit.types.ts'
import { type Checkpoint, type Checkpoints, checkpointFault } from './checkpoints.ts'

export type AuditService = {
  list(input: z.output<typeof listInput>): Promise<Page<AuditEventView>>
  /** The different actions in the log, in order. */
  actions(): Promise<string[]>
  /**
   * Checks the hash chain and compares it with its checkpoints. It checks the whole chain if `now` is set or if the
   * last check of the whole is more than 10 minutes old, otherwise only the events since the last check. Without `now`
   * it returns a result of the last 30 s unchanged.
   */
  verify(input: z.output<typeof verifyInput>): Promise<ChainView>
  export(input: z.output<typeof exportInput>): Promise<AuditExport>
}

const verifiedForMs = 30_000
const wholeEveryMs = 600_000
const verifyPageEvents = 10_000
const exportPageEvents = 1_000

export function createAuditService(db: Database, checkpoints: Checkpoints): AuditService {
  let last: { atMs: number; wholeAtMs: number; view: ReturnType<typeof followChain> } | null = null
  let running: { whole: boolean; view: ReturnType<typeof followChain> } | null = null

  /** Callers share the check that is running, except if it is partial and the caller wants the whole chain. */
  function verify(now: boolean): ReturnType<typeof followChain> {
    if (running && (running.whole || !now)) return running.view
    const atMs = performance.now()
    if (last && !now && atMs - last.atMs < verifiedForMs) return last.view
    const before = last && !now && atMs - last.wholeAtMs < wholeEveryMs ? last : null
    const view = (before?.view ?? Promise.resolve(null)).then((verified) =>
      // If the chain was broken, or could not be compared with its checkpoints, check it again from its beginning.
      followChain(db, checkpoints, verified?.view.intact && verified.view.checkpoints ? verified : nothingVerified),
    )
    last = { atMs, wholeAtMs: before?.wholeAtMs ?? atMs, view }
    const walk = { whole: before === null, view }
    running = walk
    view
      .catch(() => {
        last = null
      })
      .finally(() => {
        if (running === walk) running = null
      })
    return view
  }

  return {
    async list({ from, to, ...request }) {
      const range = { ...(from ? { from: new Date(from) } : {}), ...(to ? { to: new Date(to) } : {}) }
      const page = await db.platform((tx) => auditLog.list(tx, { ...request, ...range }))
      return { ...page, items: page.items.map(eventView) }
    },

    actions: () => db.platform((tx) => auditLog.actions(tx)),

    verify: async ({ now }) => (await verify(now)).view,

    async export({ cursor }) {
      const afterSeq = cursor ? Number(cursor) : null
      if (afterSeq !== null && !Number.isSafeInteger(afterSeq)) {
        throw new DomainError(
          'invalid',
          'cursor-invalid',
          'This export link is no longer valid. Start the export again.',
        )
      }
      const rows = await db.platform((tx) => auditLog.page(tx, afterSeq, exportPageEvents))
      const lines = rows.map(({ seq, hash, body }) => `${JSON.stringify({ seq, hash, body })}\n`)
      const end = rows.at(-1)
      return { ndjson: lines.join(''), nextCursor: rows.length >= exportPageEvents && end ? `${end.seq}` : null }
    },
  }
}

type Verified = { link: AuditLink; view: Pick<ChainView, 'checkpoints'> & Partial<ChainView> }
const nothingVerified: Verified = { link: auditGenesis, view: { checkpoints: { agree: 0, newest: null } } }

async function followChain(
  db: Database,
  checkpoints: Checkpoints,
  before: Verified,
): Promise<Verified & { view: ChainView }> {
  // Read before the head: a checkpoint that is written later may name an event after the head.
  const held = await checkpoints.after(before.link.seq)
  // The next check covers events that are written while this one runs.
  const { newest, belowFirst, aboveNewest } = await db.platform((tx) => auditLog.ends(tx))
  const [head = auditGenesis] = newest
  let link = before.link
  let broken: ChainView['broken'] = null
  if (newest.length !== 1) broken = { seq: 0, what: `the newest event is named ${newest.length} times, not once` }
  else if (belowFirst !== null) broken = stray(belowFirst, 'the first event is number 1')
  while (link.seq < head.seq && !broken) {
    const count = Math.min(verifyPageEvents, head.seq - link.seq)
    const rows = await db.platform((tx) => auditLog.page(tx, link.seq, count))
    if (rows.length === 0) broken = { seq: link.seq + 1, what: `the log ends before event ${head.seq}` }
    const followed = followAuditChain(link, rows)
    broken ??= followed.fault ?? checkpointFault(held ?? [], rows)
    link = followed.link
  }
  if (!broken && link.hash !== head.hash)
    broken = { seq: head.seq, what: 'it is not the event that was written last: its hash differs' }
  if (!broken && aboveNewest !== null) broken = stray(aboveNewest, `the newest event is number ${head.seq}`)
  const beyond = held?.find(({ seq }) => seq > head.seq)
  if (!broken && beyond) {
    broken = { seq: head.seq + 1, what: `the log was cut short: a checkpoint names event ${beyond.seq}` }
  }
  const view = {
    intact: broken === null,
    verifiedUpTo: link.seq,
    events: head.seq,
    verifiedAt: new Date().toISOString(),
    broken,
    checkpoints: broken ? null : agreeing(before, held),
  }
  return { link, view }
}

/** @param seq in digits, because a forged number may be too large for a JavaScript number. */
const stray = (seq: string, why: string): AuditFault => ({
  seq: Number(seq),
  what: `someone inserted event ${seq}: ${why}`,
})

function agreeing({ view }: Verified, held: Checkpoint[] | null): ChainView['checkpoints'] {
  if (!held || !view.checkpoints) return null
  const newest = held.at(-1)
  return {
    agree: view.checkpoints.agree + held.length,
    newest: newest ? { seq: newest.seq, storedAt: newest.storedAt.toISOString() } : view.checkpoints.newest,
  }
}

const eventView = (event: StoredAuditEvent): AuditEventView => ({
  ...event,
  cursor: auditLog.eventCursor(event),
  occurredAt: event.occurredAt.toISOString(),
})
