import { type LimitChange, type LimitName, type Limits, limitNames } from '@tickwatch/policy'
import { NotFound, StaleRevision } from './errors.ts'
import type { QuotaRevision as Row } from './generated/client.ts'
import { changesOf, limitsOf, type Person, versionOf } from './json.ts'
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

/**
 * Makes the next revision of a tenant's limits. If several callers do so at once on the same base, one succeeds. Limits
 * that only a newer API knows keep their values: an API that was rolled back must not lose them.
 * @returns its number.
 * @throws StaleRevision if the limits changed since `baseRevision`, NotFound if the tenant does not exist.
 */
export async function append(tx: Tx, revision: NewQuotaRevision): Promise<number> {
  const r = revision
  const limits = JSON.stringify(r.limits)
  const client = clientOf(tx)
  const [made] = await client.$queryRaw<{ revision: number }[]>`
    WITH head AS (
      UPDATE public.tenant_quota SET revision = revision + 1, limits = (limits - ${limitNames}::text[]) || ${limits}::jsonb
      WHERE tenant_id = ${r.tenantId} AND revision = ${r.baseRevision}
      RETURNING revision, limits
    ), made AS (
      INSERT INTO public.quota_revision (tenant_id, revision, created_at, by_subject, by_name, approved_by_subject,
        approved_by_name, reason, limits, changes, ends_at, reverts_revision, change_request_id)
      SELECT ${r.tenantId}, head.revision, ${r.createdAt}, ${r.by.subject}, ${r.by.name},
        ${r.approvedBy?.subject ?? null}, ${r.approvedBy?.name ?? null}, ${r.reason}, head.limits,
        ${JSON.stringify(r.changes)}::jsonb, ${r.endsAt}::timestamptz, ${r.revertsRevision}::int,
        ${r.changeRequestId}::uuid
      FROM head RETURNING revision
    ), boost AS (
      INSERT INTO public.boost (tenant_id, revision, ends_at)
      SELECT ${r.tenantId}, made.revision, ${r.endsAt}::timestamptz FROM made WHERE ${r.endsAt}::timestamptz IS NOT NULL
    )
    SELECT revision FROM made`
  if (made) return made.revision
  const current = await head(tx, r.tenantId)
  if (!current) throw new NotFound(`there is no tenant ${r.tenantId}`)
  throw new StaleRevision(r.tenantId, r.baseRevision, current.revision)
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
