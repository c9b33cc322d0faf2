import { changedBounds, type Envelope, type Limits, limitNames, type TenantStatus } from '@tickwatch/policy'
import { AlreadyExists, NotFound, StaleEnvelope } from './errors.ts'
import { Prisma } from './generated/client.ts'
import { envelopeOf, limitsOf, type Person, type Refusals, refusalsOf, type Suspension, suspensionOf } from './json.ts'
import { containing, decodeCursor, type KeyShape, type Page, type PageRequest, toPage } from './page.ts'
import { isUniqueViolation } from './prismaErrors.ts'
import { clientOf, type PlatformTx, type TenantTx, type Tx } from './transaction.ts'
import { usedRatio } from './usage.repository.ts'

export type Tenant = {
  id: string
  name: string
  plan: string
  status: TenantStatus
  envelope: Envelope
  createdAt: Date
}
/** A tenant with its own limits, and its use according to the newest heartbeats. */
export type TenantListRow = Tenant & {
  limits: Limits
  samplesPerSecond: number
  requestsPerSecond: number
  activeSeries: number
} & Refusals
/** Who changed a tenant, why and when. */
export type TenantAct = { by: Person; reason: string; at: Date }

/** `usedRatio` is the highest part of a metered limit that the tenant uses. */
export type TenantSort = 'id' | 'name' | 'createdAt' | 'samplesPerSecond' | 'usedRatio'
export type TenantListRequest = PageRequest & {
  /** Part of the id or of the name; upper or lower case. */
  search?: string | undefined
  status?: TenantStatus | undefined
  sort: TenantSort
  direction: 'asc' | 'desc'
  /** Gateways that sent no heartbeat since then do not count. */
  heartbeatAfter: Date
}

export async function byId(tx: Tx, tenantId: string): Promise<(Tenant & { suspension: Suspension | null }) | null> {
  const row = await clientOf(tx).tenant.findUnique({ where: { id: tenantId } })
  return row && { ...row, envelope: envelopeOf(row.envelope), suspension: suspensionOf(row.suspension) }
}

/** The tenants among `ids`, by id. */
export async function byIds(tx: PlatformTx, ids: readonly string[]): Promise<Tenant[]> {
  const rows = await clientOf(tx).tenant.findMany({
    where: { id: { in: [...ids] } },
    omit: { suspension: true },
    orderBy: { id: 'asc' },
  })
  return rows.map((row) => ({ ...row, envelope: envelopeOf(row.envelope) }))
}

/** The ids of all tenants that are not suspended, in their order. */
export async function activeIds(tx: PlatformTx): Promise<string[]> {
  const rows = await clientOf(tx).tenant.findMany({
    where: { status: 'active' },
    select: { id: true },
    orderBy: { id: 'asc' },
  })
  return rows.map(({ id }) => id)
}

/**
 * Blocks other changes of this tenant's limits, requests and tokens until the transaction ends, so that checks of their
 * number stay true. @throws NotFound if the tenant does not exist.
 */
export async function lock(tx: TenantTx, tenantId: string): Promise<void> {
  const rows = await clientOf(tx).$queryRaw<unknown[]>`
    SELECT FROM public.tenant_quota WHERE tenant_id = ${tenantId} FOR NO KEY UPDATE`
  if (rows.length === 0) throw new NotFound(`there is no tenant ${tenantId}`)
}

// Per sort key: its column inside and outside the page's subquery, and the type to cast a cursor's text to.
const sortKeys = {
  id: { inner: Prisma.sql`t.id`, outer: Prisma.sql`id`, cast: Prisma.sql`text`, shape: ['text'] },
  name: { inner: Prisma.sql`t.name`, outer: Prisma.sql`name`, cast: Prisma.sql`text`, shape: ['text', 'text'] },
  createdAt: {
    inner: Prisma.sql`t.created_at`,
    outer: Prisma.sql`"createdAt"`,
    cast: Prisma.sql`timestamptz`,
    shape: ['time', 'text'],
  },
  samplesPerSecond: {
    inner: Prisma.sql`samples`,
    outer: Prisma.sql`samples`,
    cast: Prisma.sql`float8`,
    shape: ['float8', 'text'],
  },
  usedRatio: {
    inner: Prisma.sql`ratio`,
    outer: Prisma.sql`ratio`,
    cast: Prisma.sql`float8`,
    shape: ['float8', 'text'],
  },
} as const satisfies Record<TenantSort, { inner: Prisma.Sql; outer: Prisma.Sql; cast: Prisma.Sql; shape: KeyShape }>

const tenantColumns = Prisma.sql`t.id, t.name, t.plan, t.status, t.envelope, t.created_at AS "createdAt"`

type ListRow = Tenant & {
  limits: unknown
  samples: number
  requests: number
  series: number
  reasons: unknown[]
  /** Only in the order of use. */
  ratio?: number
}

/** Tenants by the sort key, then by id. @throws BadCursor */
export async function list(tx: PlatformTx, request: TenantListRequest): Promise<Page<TenantListRow>> {
  const { search, status, sort, direction, pageSize, heartbeatAfter } = request
  const { inner, outer, cast, shape } = sortKeys[sort]
  const after = decodeCursor(request.cursor, shape)
  const where = [Prisma.sql`true`]
  if (status) where.push(Prisma.sql`t.status = ${status}::public.tenant_status`)
  if (search) {
    const pattern = Prisma.sql`lower(${containing(search)})`
    where.push(Prisma.sql`(t.id LIKE ${pattern} OR lower(t.name) LIKE ${pattern})`)
  }
  const [beyond, order] = direction === 'asc' ? [Prisma.sql`>`, Prisma.sql`ASC`] : [Prisma.sql`<`, Prisma.sql`DESC`]
  const byUse = sort === 'samplesPerSecond' || sort === 'usedRatio'
  const id = byUse ? Prisma.sql`id` : Prisma.sql`t.id`
  const keyset = after
    ? Prisma.sql`(${inner}, ${id}) ${beyond} (${after[0]}::${cast}, ${after.at(-1)})`
    : Prisma.sql`true`
  const ordered = Prisma.sql`${outer} ${order}, id ${order}`
  // To add up heartbeats is the expensive part, so it is done only for the rows of the page. In the order of use a row
  // shows the stored sums that it is sorted by.
  const live = Prisma.sql`
    SELECT coalesce(sum(gt.samples_per_second), 0) AS samples, coalesce(sum(gt.requests_per_second), 0) AS requests,
      coalesce(sum(gt.active_series), 0) AS series,
      coalesce(jsonb_agg(gt.refused_by_reason) FILTER (WHERE gt.refused_by_reason <> '{}'), '[]') AS reasons
    FROM public.gateway_tenant gt JOIN public.gateway g ON g.id = gt.gateway_id
    WHERE gt.tenant_id = page.id AND g.heartbeat_at >= ${heartbeatAfter} AND g.lost_at IS NULL
      AND g.left_at IS NULL`
  // Only the order by share needs each tenant's limits.
  const [ratio, quotas] =
    sort === 'usedRatio'
      ? [usedRatio(await platformDefaults(tx)), Prisma.sql`JOIN public.tenant_quota q ON q.tenant_id = t.id`]
      : [Prisma.sql`0`, Prisma.empty]
  const rows = byUse
    ? await clientOf(tx).$queryRaw<ListRow[]>`
        WITH page AS MATERIALIZED (
          SELECT * FROM (
            SELECT t.id, tt.samples, tt.requests, tt.series, ${ratio} AS ratio
            FROM public.tenant t ${quotas} LEFT JOIN public.tenant_traffic stored ON stored.tenant_id = t.id
              CROSS JOIN LATERAL (
                SELECT coalesce(stored.samples_per_second, 0) AS samples,
                  coalesce(stored.requests_per_second, 0) AS requests, coalesce(stored.active_series, 0) AS series
              ) tt
            WHERE ${Prisma.join(where, ' AND ')}
          ) AS shown
          WHERE ${keyset} ORDER BY ${ordered} LIMIT ${pageSize + 1}
        )
        SELECT ${tenantColumns}, page.samples, page.requests, page.series, page.ratio, q.limits, live.reasons
        FROM page JOIN public.tenant t ON t.id = page.id JOIN public.tenant_quota q ON q.tenant_id = page.id
          CROSS JOIN LATERAL (${live}) live
        ORDER BY ${ordered}`
    : await clientOf(tx).$queryRaw<ListRow[]>`
        WITH page AS MATERIALIZED (
          SELECT ${tenantColumns} FROM public.tenant t
          WHERE ${Prisma.join(where, ' AND ')} AND ${keyset} ORDER BY ${ordered} LIMIT ${pageSize + 1}
        )
        SELECT page.*, q.limits, live.samples, live.requests, live.series, live.reasons
        FROM page JOIN public.tenant_quota q ON q.tenant_id = page.id
          CROSS JOIN LATERAL (${live}) live
        ORDER BY ${ordered}`
  const key = (row: ListRow) => {
    if (sort === 'id') return [row.id]
    if (sort === 'createdAt') return [row.createdAt.toISOString(), row.id]
    return [{ name: row.name, samplesPerSecond: row.samples, usedRatio: row.ratio ?? 0 }[sort], row.id]
  }
  return toPage(rows, pageSize, key, ({ samples, requests, series, reasons, ratio: _, ...row }) => ({
    ...row,
    samplesPerSecond: samples,
    requestsPerSecond: requests,
    activeSeries: series,
    ...refusalsOf(reasons),
    envelope: envelopeOf(row.envelope),
    limits: limitsOf(row.limits),
  }))
}

/** @throws AlreadyExists if the id is taken. */
export async function create(
  tx: PlatformTx,
  tenant: Pick<Tenant, 'id' | 'name' | 'plan' | 'envelope'>,
  act: TenantAct,
): Promise<void> {
  const { id, name, plan, envelope } = tenant
  const client = clientOf(tx)
  try {
    await client.tenant.create({ data: { id, name, plan, envelope, createdAt: act.at, quota: { create: {} } } })
  } catch (error) {
    if (isUniqueViolation(error)) throw new AlreadyExists(`there is a tenant ${id} already`, { cause: error })
    throw error
  }
  await recordChange(tx, id, act)
}

/**
 * Suspends or resumes a tenant. The next policy version carries the change.
 * @returns the previous status. If it is the same, nothing was changed.
 * @throws NotFound
 */
export async function setStatus(
  tx: PlatformTx,
  tenantId: string,
  status: TenantStatus,
  act: TenantAct,
): Promise<TenantStatus> {
  const client = clientOf(tx)
  const [before] = await client.$queryRaw<{ status: TenantStatus }[]>`
    SELECT status FROM public.tenant WHERE id = ${tenantId} FOR UPDATE`
  if (!before) throw new NotFound(`there is no tenant ${tenantId}`)
  if (before.status === status) return before.status
  const { by, reason, at } = act
  const suspension = status === 'suspended' ? { by, reason, at: at.toISOString() } : Prisma.DbNull
  await client.tenant.update({ where: { id: tenantId }, data: { status, suspension } })
  // Lists of changes show only the reason, and that seldom says whether the tenant was suspended or resumed.
  const why = `${status === 'suspended' ? 'suspended' : 'resumed'}: ${reason}`
  await recordChange(tx, tenantId, { ...act, reason: why })
  return before.status
}

/**
 * Replaces the envelope. Bounds of limits that only a newer API knows stay.
 * @param base the envelope that the caller read
 * @throws StaleEnvelope if the envelope has changed since, NotFound
 */
export async function setEnvelope(tx: PlatformTx, tenantId: string, base: Envelope, envelope: Envelope): Promise<void> {
  const client = clientOf(tx)
  const [current] = await client.$queryRaw<{ envelope: unknown }[]>`
    SELECT envelope FROM public.tenant WHERE id = ${tenantId} FOR UPDATE`
  if (!current) throw new NotFound(`there is no tenant ${tenantId}`)
  if (changedBounds(base, envelopeOf(current.envelope)).length > 0)
    throw new StaleEnvelope(`the envelope of ${tenantId} was changed meanwhile`)
  await client.$executeRaw`
    UPDATE public.tenant SET envelope = (envelope - ${limitNames}::text[]) || ${JSON.stringify(envelope)}::jsonb
    WHERE id = ${tenantId}`
}

async function recordChange(tx: PlatformTx, tenantId: string, { by, reason, at }: TenantAct): Promise<void> {
  await clientOf(tx).tenantChange.create({
    data: { tenantId, bySubject: by.subject, byName: by.name, reason, createdAt: at },
  })
}

/** The limits of tenants without values of their own. */
export async function platformDefaults(tx: Tx): Promise<Limits> {
  const row = await clientOf(tx).platformDefaults.findUnique({ where: { only: true } })
  return limitsOf(row?.limits)
}
