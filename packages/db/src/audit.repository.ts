import { canonicalJson, type Json } from '@tickwatch/policy'
import type { AuditLink, AuditRow } from './auditChain.ts'
import { Prisma } from './generated/client.ts'
import { decodeCursor, type Page, type PageRequest, toPage } from './page.ts'
import { clientOf, type PlatformTx, type Tx, type WorkerTx } from './transaction.ts'

/** Who did what, to which target. All of it is hashed and stored unchanged. */
export type AuditEvent = {
  occurredAt: Date
  /** `person`, `machine` (a gateway) or `system` (a worker). */
  actorKind: 'person' | 'machine' | 'system'
  /** The token's `sub`, the gateway's id or the worker's name. */
  actor: string
  actorName: string
  /** `<noun>.<verb>`, such as `quota.propose`. */
  action: string
  tenantId: string | null
  target: string
  before: Json
  after: Json
  reason: string | null
  requestId: string | null
  /** Client address. */
  source: string | null
}
export type StoredAuditEvent = AuditEvent & AuditLink

/**
 * Appends an event to the chain. It locks the chain until the transaction ends, so call it as late as possible.
 * @throws if a tenant's transaction appends an event of another tenant.
 */
export async function append(tx: Tx, event: AuditEvent): Promise<AuditLink> {
  const body = canonicalJson(storable({ ...event, occurredAt: event.occurredAt.toISOString() }))
  const [link] = await clientOf(tx).$queryRaw<{ seq: bigint; hash: string }[]>`
    SELECT seq, hash FROM public.audit_append(${body}::text)`
  if (!link) throw new TypeError('audit_append returned no row')
  return { seq: Number(link.seq), hash: link.hash }
}

export type AuditListRequest = PageRequest & {
  tenantId?: string | undefined
  /** An actor's exact id or name. */
  actor?: string | undefined
  action?: string | undefined
  from?: Date | undefined
  /** Not included. */
  to?: Date | undefined
}

type Row = { seq: bigint; occurredAt: Date; hash: string; body: string }

/** Newest first. A tenant's transaction sees only its own tenant's events. @throws BadCursor */
export async function list(tx: Tx, request: AuditListRequest): Promise<Page<StoredAuditEvent>> {
  const { tenantId, actor, action, from, to, pageSize } = request
  const after = decodeCursor(request.cursor, ['string', 'number'])
  const where = [Prisma.sql`true`]
  if (tenantId !== undefined) where.push(Prisma.sql`tenant_id = ${tenantId}`)
  if (action !== undefined) where.push(Prisma.sql`action = ${action}`)
  if (from) where.push(Prisma.sql`occurred_at >= ${from}`)
  if (to) where.push(Prisma.sql`occurred_at < ${to}`)
  if (after) where.push(Prisma.sql`(occurred_at, seq) < (${after[0]}::timestamptz, ${after[1]}::bigint)`)
  const newest = (more: Prisma.Sql) => Prisma.sql`(
    SELECT seq, occurred_at, hash, body FROM public.audit_event
    WHERE ${Prisma.join(where, ' AND ')} AND ${more}
    ORDER BY occurred_at DESC, seq DESC LIMIT ${pageSize + 1})`
  // An OR over two columns would read all events of a busy actor. Each half of the UNION stops after one page.
  const events =
    actor === undefined
      ? newest(Prisma.sql`true`)
      : Prisma.sql`${newest(Prisma.sql`actor = ${actor}`)} UNION ${newest(Prisma.sql`actor_name = ${actor}`)}`
  const rows = await clientOf(tx).$queryRaw<Row[]>`
    SELECT seq, occurred_at AS "occurredAt", hash, body FROM (${events}) AS event
    ORDER BY occurred_at DESC, seq DESC LIMIT ${pageSize + 1}`
  return toPage(rows, pageSize, (row) => [row.occurredAt.toISOString(), Number(row.seq)], eventOf)
}

/** Up to `count` events after `afterSeq` in chain order, for `followAuditChain`. */
export async function page(tx: PlatformTx, afterSeq: number, count: number): Promise<AuditRow[]> {
  // Reads one text value: Prisma's conversion of each row would take longer than the hashing.
  const [row] = await clientOf(tx).$queryRaw<{ events: string }[]>`
    SELECT coalesce(json_agg(event ORDER BY seq), '[]')::text AS events FROM (
      SELECT seq, hash, body, occurred_at AS "occurredAt", tenant_id AS "tenantId", actor, actor_name AS "actorName", action
      FROM public.audit_event WHERE seq > ${afterSeq}::bigint ORDER BY seq LIMIT ${count}
    ) AS event`
  return JSON.parse(row?.events ?? '[]') as AuditRow[]
}

/** The chain's newest link. If the events end before it, the newest events were removed. */
export async function head(tx: PlatformTx): Promise<AuditLink> {
  const row = await clientOf(tx).auditHead.findUniqueOrThrow({ where: { only: true } })
  return { seq: Number(row.seq), hash: row.hash }
}

/** Creates the partitions of this month and the next `months`. @returns how many it created. */
export async function ensurePartitions(tx: WorkerTx, months: number): Promise<number> {
  const [row] = await clientOf(tx).$queryRaw<{ made: number }[]>`
    SELECT public.ensure_audit_partitions(${months}::int) AS made`
  return row?.made ?? 0
}

/** Replaces NUL and lone surrogates: Postgres' text can't contain them, and they must not prevent an audit event. */
function storable(json: Json): Json {
  if (typeof json === 'string') return json.toWellFormed().replaceAll('\0', '\ufffd')
  if (Array.isArray(json)) return json.map(storable)
  if (typeof json !== 'object' || json === null) return json
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [name, value === undefined ? value : storable(value)]),
  )
}

function eventOf(row: Row): StoredAuditEvent {
  const event = JSON.parse(row.body) as Omit<AuditEvent, 'occurredAt'>
  return { ...event, occurredAt: row.occurredAt, seq: Number(row.seq), hash: row.hash }
}
