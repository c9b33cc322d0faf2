import {
  type Envelope,
  type LimitChange,
  type LimitName,
  type Limits,
  limitNames,
  type TenantStatus,
} from '@tickwatch/policy'
import { NotFound, StaleRevision } from './errors.ts'
import type { QuotaRevision as Row } from './generated/client.ts'
import { changesOf, envelopeOf, limitsOf, type Person, versionOf } from './json.ts'
import { decodeCursor, encodeCursor, type Page, type PageRequest, toPage } from './page.ts'
import { clientOf, type PlatformTx, type Tx, type WorkerTx } from './transaction.ts'

/** A tenant's own limits now. Revision 0 means that it never set any. */
export type QuotaHead = { revision: number; limits: Limits }

export type QuotaRevision = {
  tenantId: string
  revision: number
  createdAt: Date
  by: Person
  approvedBy: Person | null
  reason: string
  /** The tenant's own limits after this revision. */
  limits: Limits
  /** What changed in the effective values. */
  changes: LimitChange[]
  /** When a boost ends; null for a change that lasts. */
  endsAt: Date | null
  /** The boost that this revision ends. */
  revertsRevision: number | null
  changeRequestId: string | null
  /** The first policy version that carries it; null until compiled. */
  policyVersion: number | null
}
export type NewQuotaRevision = Omit<QuotaRevision, 'revision' | 'policyVersion'> & {
  /** The revision that the change is based on. */
  baseRevision: number
}
export type Boost = { tenantId: string; revision: number; endsAt: Date; changes: LimitChange[] }

export async function head(tx: Tx, tenantId: string): Promise<QuotaHead | null> {
  const row = await clientOf(tx).tenantQuota.findUnique({ where: { tenantId } })
  return row && { revision: row.revision, limits: limitsOf(row.limits) }
}

/** What differs between the tenants that one act changes, and what is the same for all of them. */
type LimitsEdit = Pick<NewQuotaRevision, 'tenantId' | 'baseRevision' | 'limits' | 'changes'>
type LimitsAct = Omit<NewQuotaRevision, keyof LimitsEdit>

/**
 * Makes the next revision of a tenant's limits. If several callers do so at once on the same base, one succeeds. Limits
 * that only a newer API knows keep their values: an API that was rolled back must not lose them.
 * @returns its number.
 * @throws StaleRevision if the limits changed since `baseRevision`, NotFound if the tenant does not exist.
 */
export async function append(
  tx: Tx,
  { tenantId, baseRevision, limits, changes, ...act }: NewQuotaRevision,
): Promise<number> {
  await appendAll(tx, [{ tenantId, baseRevision, limits, changes }], act)
  return baseRevision + 1
}

/** {@link append} for many tenants in one statement. @throws StaleRevision, NotFound: then commit nothing of it. */
export async function appendAll(tx: Tx, edits: readonly LimitsEdit[], act: LimitsAct): Promise<void> {
  const { createdAt, by, approvedBy, reason, endsAt, revertsRevision, changeRequestId } = act
  const made = await clientOf(tx).$queryRaw<{ tenantId: string }[]>`
    WITH edit AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(edits)}::jsonb)
        AS e("tenantId" text, "baseRevision" int, limits jsonb, changes jsonb)
    ), head AS (
      UPDATE public.tenant_quota q
      SET revision = q.revision + 1, limits = (q.limits - ${limitNames}::text[]) || edit.limits
      FROM edit WHERE q.tenant_id = edit."tenantId" AND q.revision = edit."baseRevision"
      RETURNING q.tenant_id, q.revision, q.limits, edit.changes
    ), made AS (
      INSERT INTO public.quota_revision (tenant_id, revision, created_at, by_subject, by_name, approved_by_subject,
        approved_by_name, reason, limits, changes, ends_at, reverts_revision, change_request_id)
      SELECT head.tenant_id, head.revision, ${createdAt}, ${by.subject}, ${by.name}, ${approvedBy?.subject ?? null},
        ${approvedBy?.name ?? null}, ${reason}, head.limits, head.changes, ${endsAt}::timestamptz,
        ${revertsRevision}::int, ${changeRequestId}::uuid
      FROM head RETURNING tenant_id, revision
    ), boost AS (
      INSERT INTO public.boost (tenant_id, revision, ends_at)
      SELECT made.tenant_id, made.revision, ${endsAt}::timestamptz FROM made WHERE ${endsAt}::timestamptz IS NOT NULL
    )
    SELECT tenant_id AS "tenantId" FROM made`
  if (made.length === edits.length) return
  const changed = new Set(made.map(({ tenantId }) => tenantId))
  for (const { tenantId, baseRevision } of edits) {
    if (changed.has(tenantId)) continue
    const current = await head(tx, tenantId)
    if (!current) throw new NotFound(`there is no tenant ${tenantId}`)
    throw new StaleRevision(tenantId, baseRevision, current.revision)
  }
}

/** Blocks other changes of all tenants' limits until the transaction ends. It locks in order, so that two can't deadlock. */
export async function lockAll(tx: PlatformTx): Promise<void> {
  await clientOf(tx).$queryRaw`
    WITH locked AS (SELECT FROM public.tenant_quota ORDER BY tenant_id FOR NO KEY UPDATE) SELECT count(*) FROM locked`
}

/** Every tenant with its own limits, by id. One statement reads them, so they are from one moment. */
export async function heads(
  tx: PlatformTx,
): Promise<(QuotaHead & { tenantId: string; status: TenantStatus; envelope: Envelope })[]> {
  type Head = { tenantId: string; status: TenantStatus; revision: number; limits: unknown; envelope: unknown }
  const [row] = await clientOf(tx).$queryRaw<{ heads: string }[]>`
    SELECT coalesce(json_agg(json_build_object('tenantId', t.id, 'status', t.status, 'revision', q.revision,
      'limits', q.limits, 'envelope', t.envelope) ORDER BY t.id), '[]')::text AS heads
    FROM public.tenant t JOIN public.tenant_quota q ON q.tenant_id = t.id`
  return (JSON.parse(row?.heads ?? '[]') as Head[]).map(({ limits, envelope, ...of }) => ({
    ...of,
    limits: limitsOf(limits),
    envelope: envelopeOf(envelope),
  }))
}

/** How many revisions before a version's are read, to find the values that its boosts replaced. */
const boostHistoryMax = 200

/**
 * For each of `tenantIds` whose limits a policy version may hold because of a boost: its newest revisions up to that
 * version, oldest first.
 */
export async function boostHistories(
  tx: PlatformTx,
  version: number,
  tenantIds: readonly string[],
): Promise<Map<string, QuotaRevision[]>> {
  const { boost, quotaRevision } = clientOf(tx)
  const carried = { policyVersion: { lte: version } }
  const boosted = await boost.findMany({
    where: { tenantId: { in: [...tenantIds] }, of: { ...carried, revertedBy: { none: carried } } },
    select: { tenantId: true },
    distinct: ['tenantId'],
  })
  const histories = new Map<string, QuotaRevision[]>()
  for (const { tenantId } of boosted) {
    const where = { tenantId, ...carried }
    const rows = await quotaRevision.findMany({ where, orderBy: { revision: 'desc' }, take: boostHistoryMax })
    histories.set(tenantId, rows.toReversed().map(revisionOf))
  }
  return histories
}

export async function byRevision(tx: Tx, tenantId: string, revision: number): Promise<QuotaRevision | null> {
  const row = await clientOf(tx).quotaRevision.findUnique({ where: { tenantId_revision: { tenantId, revision } } })
  return row && revisionOf(row)
}

/** Newest first. @throws BadCursor */
export async function history(tx: Tx, tenantId: string, request: PageRequest): Promise<Page<QuotaRevision>> {
  const before = decodeCursor(request.cursor, ['int4'])?.[0]
  const rows = await clientOf(tx).quotaRevision.findMany({
    where: { tenantId, ...(typeof before === 'number' ? { revision: { lt: before } } : {}) },
    orderBy: { revision: 'desc' },
    take: request.pageSize + 1,
  })
  return toPage(rows, request.pageSize, (row) => [row.revision], revisionOf)
}

/** The cursor of the page of {@link history} that begins with a revision. */
export const historyCursor = (revision: number): string => encodeCursor([revision + 1])

/** The revisions made from `from` to `to` (at most 1,000), oldest first, after the one that was in force at `from`. */
export async function between(tx: Tx, tenantId: string, from: Date, to: Date): Promise<QuotaRevision[]> {
  const { quotaRevision } = clientOf(tx)
  const held = await quotaRevision.findFirst({
    where: { tenantId, createdAt: { lt: from } },
    orderBy: [{ createdAt: 'desc' }, { revision: 'desc' }],
  })
  const made = await quotaRevision.findMany({
    where: { tenantId, createdAt: { gte: from, lte: to } },
    orderBy: { revision: 'asc' },
    take: 1_000,
  })
  return [...(held ? [held] : []), ...made].map(revisionOf)
}

/** A tenant's boosts that have not ended, the next to end first. */
export async function runningBoosts(tx: Tx, tenantId: string): Promise<Boost[]> {
  const rows = await clientOf(tx).boost.findMany({
    where: { tenantId, endedAt: null },
    include: { of: { select: { changes: true } } },
    orderBy: [{ endsAt: 'asc' }, { revision: 'asc' }],
  })
  return rows.map(({ revision, endsAt, of }) => ({ tenantId, revision, endsAt, changes: changesOf(of.changes) }))
}

/** The boosts of all tenants that are over but not yet marked as ended, the earliest end first. */
export async function boostsDue(tx: WorkerTx, now: Date, count: number): Promise<Boost[]> {
  const rows = await clientOf(tx).boost.findMany({
    where: { endedAt: null, endsAt: { lte: now } },
    include: { of: { select: { changes: true } } },
    orderBy: { endsAt: 'asc' },
    take: count,
  })
  return rows.map(({ tenantId, revision, endsAt, of }) => ({
    tenantId,
    revision,
    endsAt,
    changes: changesOf(of.changes),
  }))
}

/** Marks a boost as ended: it was reverted, or nothing was left to revert. @returns false if it was marked before. */
export async function endBoost(tx: WorkerTx, tenantId: string, revision: number, at: Date): Promise<boolean> {
  const { count } = await clientOf(tx).boost.updateMany({
    where: { tenantId, revision, endedAt: null },
    data: { endedAt: at },
  })
  return count === 1
}

/** The sum of one limit over all active tenants, with `defaultValue` for tenants without a value of their own. */
export async function fleetTotal(tx: PlatformTx, limit: LimitName, defaultValue: number): Promise<number> {
  const [row] = await clientOf(tx).$queryRaw<{ total: number }[]>`
    SELECT coalesce(sum(coalesce((q.limits ->> ${limit})::float8, ${defaultValue}::float8)), 0) AS total
    FROM public.tenant_quota q JOIN public.tenant t ON t.id = q.tenant_id WHERE t.status = 'active'`
  return row?.total ?? 0
}

const revisionOf = (row: Row): QuotaRevision => ({
  tenantId: row.tenantId,
  revision: row.revision,
  createdAt: row.createdAt,
  by: { subject: row.bySubject, name: row.byName },
  approvedBy:
    row.approvedBySubject === null ? null : { subject: row.approvedBySubject, name: row.approvedByName ?? '' },
  reason: row.reason,
  limits: limitsOf(row.limits),
  changes: changesOf(row.changes),
  endsAt: row.endsAt,
  revertsRevision: row.revertsRevision,
  changeRequestId: row.changeRequestId,
  policyVersion: versionOf(row.policyVersion),
})
