import { canonicalJson, type Json, storable } from '@tickwatch/policy'
import { type AuditLink, type AuditRow, jsonObject } from './auditChain.ts'
import { Prisma } from './generated/client.ts'
import { containing, decodeCursor, encodeCursor, type Page, type PageRequest, toPage } from './page.ts'
import { clientOf, type PlatformTx, type Tx, type WorkerTx } from './transaction.ts'

/** Who did what, to which target. All of it is hashed and stored unchanged. */
export type AuditEvent = {
  occurredAt: Date
  /** `person`, `machine` (a gateway, or a program with an API token) or `system` (a worker). */
  actorKind: 'person' | 'machine' | 'system'
  /** The token's `sub`, the gateway's id, the API token's id or the worker's name. */
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
export type StoredAuditEvent = AuditEvent &
  AuditLink & {
    /** Set if the content is not what {@link append} writes: someone forged it. Only the columns are given then. */
    unreadable?: true
  }

/**
 * Appends an event to the chain. It locks the chain until the transaction ends, so call it as late as possible.
 * @throws if a tenant's transaction appends an event of another tenant.
 */
export const append = (tx: Tx, event: AuditEvent): Promise<AuditLink> => appendAll(tx, [event])

/** {@link append} for many events, in their order. @returns the last one's link */
export async function appendAll(tx: Tx, events: readonly AuditEvent[]): Promise<AuditLink> {
  const bodies = events.map(auditBody)
  const [link] = await clientOf(tx).$queryRaw<{ seq: bigint; hash: string }[]>`
    SELECT seq, hash FROM public.audit_append_all(${bodies}::text[])`
  if (!link) throw new TypeError('audit_append_all returned no row')
  return { seq: Number(link.seq), hash: link.hash }
}

/** The event as the chain keeps it, byte for byte. */
export const auditBody = (event: AuditEvent): string =>
  canonicalJson(storableJson({ ...event, occurredAt: event.occurredAt.toISOString() }))

export type AuditListRequest = PageRequest & {
  tenantId?: string | undefined
  /** A part of an actor's id or name, whatever its case. A tenant's transaction may not use this filter or the next. */
  actor?: string | undefined
  /** A part of an action. */
  action?: string | undefined
  from?: Date | undefined
  /** Not included. */
  to?: Date | undefined
}

type Row = Pick<AuditEvent, 'occurredAt' | 'tenantId' | 'actor' | 'actorName' | 'action'> & {
  seq: bigint
  hash: string
  body: string
}

const columns = { action: Prisma.sql`action`, actor: Prisma.sql`actor`, actor_name: Prisma.sql`actor_name` } as const
type FilterColumn = keyof typeof columns

/** The most different values of a column that a filter looks for. */
const valuesMax = 5_000

/** With more values than this, a filter looks at the newest events of all instead of those of each. */
const valuesApartMax = 50

/** The different values of a column that have this part, whatever its case, in order. */
async function valuesWith(tx: Tx, column: FilterColumn, part: string): Promise<string[]> {
  const rows = await clientOf(tx).$queryRaw<{ value: string }[]>`
    SELECT value FROM public.audit_value
    WHERE field = ${column} AND lower(value) LIKE lower(${containing(part)})
    ORDER BY value LIMIT ${valuesMax}`
  return rows.map(({ value }) => value)
}

/** The different actions in the log, in order. */
export const actions = (tx: PlatformTx): Promise<string[]> => valuesWith(tx, 'action', '')

/** A forged event may have a time that JavaScript can't hold, such as infinity. */
const shownTime = Prisma.sql`least(greatest(occurred_at, '1970-01-01Z'), '9999-12-31T23:59:59Z')`

/** Newest first. A tenant's transaction sees only its own tenant's events. @throws BadCursor */
export async function list(tx: Tx, request: AuditListRequest): Promise<Page<StoredAuditEvent>> {
  const { tenantId, actor, action, from, to, pageSize } = request
  const after = decodeCursor(request.cursor, ['time', 'int8'])
  const where = [Prisma.sql`true`]
  if (tenantId !== undefined) where.push(Prisma.sql`tenant_id = ${tenantId}`)
  if (from) where.push(Prisma.sql`occurred_at >= ${from}`)
  if (to) where.push(Prisma.sql`occurred_at < ${to}`)
  if (after) where.push(Prisma.sql`(occurred_at, seq) < (${after[0]}::timestamptz, ${after[1]}::bigint)`)
  const matching = action === undefined ? null : await valuesWith(tx, 'action', action)
  const newest = (more: Prisma.Sql) => Prisma.sql`
    SELECT seq, occurred_at, hash, body, tenant_id, actor, actor_name, action FROM public.audit_event
    WHERE ${Prisma.join(where, ' AND ')} AND ${more}
    ORDER BY occurred_at DESC, seq DESC LIMIT ${pageSize + 1}`
  // Each value stops after one page: `column = ANY(values)` may read and sort all their events. Of many values some are
  // among the newest events, and a scan of those stops early.
  const newestWith = (column: FilterColumn, values: readonly string[], more: Prisma.Sql) => {
    const of = columns[column]
    if (values.length > valuesApartMax) return newest(Prisma.sql`${of} = ANY(${[...values]}::text[]) AND ${more}`)
    return Prisma.sql`
      SELECT event.* FROM unnest(${[...values]}::text[]) AS wanted
      CROSS JOIN LATERAL (${newest(Prisma.sql`${of} = wanted AND ${more}`)}) AS event`
  }
  let events: Prisma.Sql
  if (actor !== undefined) {
    const ofAction = matching ? Prisma.sql`action = ANY(${matching}::text[])` : Prisma.sql`true`
    const byId = newestWith('actor', await valuesWith(tx, 'actor', actor), ofAction)
    const byName = newestWith('actor_name', await valuesWith(tx, 'actor_name', actor), ofAction)
    events = Prisma.sql`(${byId}) UNION (${byName})`
  } else events = matching ? newestWith('action', matching, Prisma.sql`true`) : newest(Prisma.sql`true`)
  const rows = await clientOf(tx).$queryRaw<Row[]>`
    SELECT seq, ${shownTime} AS "occurredAt", hash, body, tenant_id AS "tenantId", actor, actor_name AS "actorName", action
    FROM (${events}) AS event
    ORDER BY occurred_at DESC, seq DESC LIMIT ${pageSize + 1}`
  return toPage(rows, pageSize, (row) => [row.occurredAt.toISOString(), Number(row.seq)], eventOf)
}

/** The cursor of the page of {@link list} that begins with an event. */
export const eventCursor = ({ occurredAt, seq }: Pick<StoredAuditEvent, 'occurredAt' | 'seq'>): string =>
  encodeCursor([occurredAt.toISOString(), seq + 1])

/**
 * About `count` events after `afterSeq` (null: from the first) in chain order, for `followAuditChain`. Events with the
 * number of the last one, which a forger duplicated, come too: the next page begins after that number.
 */
export async function page(tx: PlatformTx, afterSeq: number | null, count: number): Promise<AuditRow[]> {
  const from = afterSeq === null ? Prisma.sql`true` : Prisma.sql`seq > ${afterSeq}::bigint`
  // Reads one text value: Prisma's conversion of each row would take longer than the hashing.
  const [row] = await clientOf(tx).$queryRaw<{ events: string }[]>`
    SELECT coalesce(json_agg(event ORDER BY seq), '[]')::text AS events FROM (
      SELECT seq, hash, body, occurred_at AS "occurredAt", tenant_id AS "tenantId", actor, actor_name AS "actorName", action
      FROM public.audit_event WHERE ${from} ORDER BY seq FETCH FIRST ${count} ROWS WITH TIES
    ) AS event`
  return JSON.parse(row?.events ?? '[]') as AuditRow[]
}

/**
 * The rows that name the chain's newest link, of which there must be one, and the numbers of the events that lie lowest
 * before the first and above the newest, of which there must be none. One statement reads all of it, and an append writes
 * its event and the newest link in one transaction, so that what it shows is true of one moment.
 */
export async function ends(
  tx: PlatformTx,
): Promise<{ newest: AuditLink[]; belowFirst: string | null; aboveNewest: string | null }> {
  const [row] = await clientOf(tx).$queryRaw<
    { newest: AuditLink[]; belowFirst: string | null; aboveNewest: string | null }[]
  >`
    WITH newest AS (SELECT seq, hash FROM public.audit_head)
    SELECT (SELECT coalesce(json_agg(newest), '[]') FROM newest) AS newest,
      (SELECT min(seq)::text FROM public.audit_event WHERE seq < 1) AS "belowFirst",
      (SELECT min(seq)::text FROM public.audit_event WHERE seq > (SELECT max(seq) FROM newest)) AS "aboveNewest"`
  if (!row) throw new TypeError('a select without a table returned no row')
  return row
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

/** Replaces what Postgres' text can't contain: it must not prevent an audit event. */
function storableJson(json: Json): Json {
  if (typeof json === 'string') return storable(json)
  if (Array.isArray(json)) return json.map(storableJson)
  if (typeof json !== 'object' || json === null) return json
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [name, value === undefined ? value : storableJson(value)]),
  )
}

function eventOf({ body, ...row }: Row): StoredAuditEvent {
  const stored = { seq: Number(row.seq), hash: row.hash, occurredAt: row.occurredAt }
  const content = contentOf(body)
  if (content) return { ...content, ...stored }
  const unknown = { actorKind: 'system', target: '', before: null, after: null, reason: null } as const
  return { ...row, ...unknown, requestId: null, source: null, ...stored, unreadable: true }
}

/** What {@link append} wrote, except for the time. Null if the body is anything else. */
function contentOf(body: string): Omit<AuditEvent, 'occurredAt'> | null {
  const { occurredAt, ...content } = jsonObject(body) ?? {}
  const { actorKind, actor, actorName, action, target, tenantId, reason, requestId, source } = content
  const texts = [occurredAt, actor, actorName, action, target]
  const textsOrNull = [tenantId, reason, requestId, source]
  const fits =
    ['person', 'machine', 'system'].includes(String(actorKind)) &&
    texts.every((text) => typeof text === 'string') &&
    textsOrNull.every((text) => text === null || typeof text === 'string')
  return fits ? (content as Omit<AuditEvent, 'occurredAt'>) : null
}
