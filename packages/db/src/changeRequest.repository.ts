import type { LimitChange, LimitName, Limits, OutsideEnvelope } from '@tickwatch/policy'
import { NotFound, NotPending } from './errors.ts'
import type { Prisma } from './generated/client.ts'
import { changesOf, limitsOf, outsideOf, type Person } from './json.ts'
import { decodeCursor, type Page, type PageRequest, toPage } from './page.ts'
import { clientOf, type PlatformTx, type TenantTx, type Tx } from './transaction.ts'

export type ChangeRequestState = 'pending' | 'approved' | 'declined' | 'withdrawn' | 'outdated'

export type ChangeRequest = {
  id: string
  tenantId: string
  tenantName: string
  plan: string
  createdAt: Date
  by: Person
  reason: string
  /** Only the limits that change. Null means the platform's default. */
  limits: Limits
  changes: LimitChange[]
  outside: OutsideEnvelope[]
  /** The revision that the request is based on. */
  baseRevision: number
  endsAt: Date | null
  /** How long the change lasts from its approval; null if it has no end or ends at `endsAt`. */
  boostSeconds: number | null
  state: ChangeRequestState
  decision: { by: Person; at: Date; reason: string } | null
  appliedRevision: number | null
}
export type NewChangeRequest = Omit<ChangeRequest, 'tenantName' | 'plan' | 'state' | 'decision' | 'appliedRevision'>
export type Decision = {
  state: Exclude<ChangeRequestState, 'pending'>
  by: Person
  at: Date
  reason: string
  /** The revision that applied it; null if it was not approved. */
  appliedRevision: number | null
}

export async function create(tx: TenantTx, request: NewChangeRequest): Promise<void> {
  const { by, ...rest } = request
  await clientOf(tx).changeRequest.create({ data: { ...rest, bySubject: by.subject, byName: by.name } })
}

const withTenant = { tenant: { select: { name: true, plan: true } } } satisfies Prisma.ChangeRequestInclude
type Row = Prisma.ChangeRequestGetPayload<{ include: typeof withTenant }>

/** Null if it does not exist, or if the transaction's tenant may not see it. */
export async function byId(tx: Tx, id: string): Promise<ChangeRequest | null> {
  const row = await clientOf(tx).changeRequest.findUnique({ where: { id }, include: withTenant })
  return row && requestOf(row)
}

/** A tenant's pending requests, oldest first. */
export async function pendingOf(tx: Tx, tenantId: string): Promise<ChangeRequest[]> {
  const rows = await clientOf(tx).changeRequest.findMany({
    where: { tenantId, state: 'pending' },
    include: withTenant,
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
  return rows.map(requestOf)
}

/** A tenant's decided and withdrawn requests, newest first. @throws BadCursor */
export async function decidedOf(tx: TenantTx, request: PageRequest): Promise<Page<ChangeRequest>> {
  const after = decodeCursor(request.cursor, ['time', 'uuid'])
  const at = after && new Date(after[0] ?? '')
  const rows = await clientOf(tx).changeRequest.findMany({
    where: {
      tenantId: tx.tenantId,
      decidedAt: { not: null },
      ...(at ? { OR: [{ decidedAt: { lt: at } }, { decidedAt: at, id: { lt: String(after[1]) } }] } : {}),
    },
    include: withTenant,
    orderBy: [{ decidedAt: 'desc' }, { id: 'desc' }],
    take: request.pageSize + 1,
  })
  const key = (row: Row) => [(row.decidedAt ?? row.createdAt).toISOString(), row.id]
  return toPage(rows, request.pageSize, key, requestOf)
}

/** When a request of the tenant was last made, decided or withdrawn. Null before the first. */
export async function changedAt(tx: TenantTx): Promise<Date | null> {
  const { _max } = await clientOf(tx).changeRequest.aggregate({
    where: { tenantId: tx.tenantId },
    _max: { createdAt: true, decidedAt: true },
  })
  const { createdAt, decidedAt } = _max
  return createdAt && decidedAt ? (createdAt > decidedAt ? createdAt : decidedAt) : (decidedAt ?? createdAt)
}

/** The decisions on these requests, by request. */
export async function decisionsOn(
  tx: TenantTx,
  ids: readonly string[],
): Promise<Map<string, ChangeRequest['decision']>> {
  const rows = await clientOf(tx).changeRequest.findMany({
    where: { tenantId: tx.tenantId, id: { in: [...ids] } },
    include: withTenant,
  })
  return new Map(rows.map((row) => [row.id, requestOf(row).decision]))
}

/** How many of the tenant's requests wait for a decision. */
export async function pendingCountOf(tx: TenantTx): Promise<number> {
  return clientOf(tx).changeRequest.count({ where: { tenantId: tx.tenantId, state: 'pending' } })
}

export type ChangeRequestListRequest = PageRequest & { state: 'pending' | 'decided' }

/** All tenants' requests: pending ones oldest first, decided ones newest decision first. @throws BadCursor */
export async function list(tx: PlatformTx, request: ChangeRequestListRequest): Promise<Page<ChangeRequest>> {
  const pending = request.state === 'pending'
  const after = decodeCursor(request.cursor, ['time', 'uuid'])
  const at = after && new Date(after[0] ?? '')
  const id = String(after?.[1])
  const column = pending ? 'createdAt' : 'decidedAt'
  const beyond = pending ? 'gt' : 'lt'
  const order = pending ? 'asc' : 'desc'
  const rows = await clientOf(tx).changeRequest.findMany({
    where: {
      ...(pending ? { state: 'pending' } : { decidedAt: { not: null } }),
      ...(at ? { OR: [{ [column]: { [beyond]: at } }, { [column]: at, id: { [beyond]: id } }] } : {}),
    },
    include: withTenant,
    orderBy: [{ [column]: order }, { id: order }],
    take: request.pageSize + 1,
  })
  const key = (row: Row) => [(row[column] ?? row.createdAt).toISOString(), row.id]
  return toPage(rows, request.pageSize, key, requestOf)
}

export async function pendingCount(tx: PlatformTx): Promise<number> {
  return clientOf(tx).changeRequest.count({ where: { state: 'pending' } })
}

/** All tenants' approved and declined requests for any of these limits, without `id`, newest decision first. */
export async function similar(
  tx: PlatformTx,
  id: string,
  limits: readonly LimitName[],
  count: number,
): Promise<ChangeRequest[]> {
  const client = clientOf(tx)
  const found = await client.$queryRaw<{ id: string }[]>`
    SELECT id FROM public.change_request
    WHERE decided_at IS NOT NULL AND state IN ('approved', 'declined') AND limits ?| ${[...limits]}::text[]
      AND id <> ${id}::uuid
    ORDER BY decided_at DESC, id DESC LIMIT ${count}`
  const rows = await client.changeRequest.findMany({
    where: { id: { in: found.map((row) => row.id) } },
    include: withTenant,
    orderBy: [{ decidedAt: 'desc' }, { id: 'desc' }],
  })
  return rows.map(requestOf)
}

/** Decides a pending request. If two people decide at once, the second gets NotPending. @throws NotFound, NotPending */
export async function decide(tx: Tx, tenantId: string, id: string, decision: Decision): Promise<void> {
  const { state, by, at, reason, appliedRevision } = decision
  const client = clientOf(tx)
  const { count } = await client.changeRequest.updateMany({
    where: { tenantId, id, state: 'pending' },
    data: {
      state,
      decidedBySubject: by.subject,
      decidedByName: by.name,
      decidedAt: at,
      decisionReason: reason,
      // A tenant's role may not write this column, and does not need to.
      ...(appliedRevision === null ? {} : { appliedRevision }),
    },
  })
  if (count === 1) return
  const row = await client.changeRequest.findUnique({ where: { tenantId_id: { tenantId, id } } })
  if (!row) throw new NotFound(`there is no change request ${id}`)
  throw new NotPending(`the change request ${id} is already ${row.state}`)
}

const requestOf = (row: Row): ChangeRequest => ({
  id: row.id,
  tenantId: row.tenantId,
  tenantName: row.tenant.name,
  plan: row.tenant.plan,
  createdAt: row.createdAt,
  by: { subject: row.bySubject, name: row.byName },
  reason: row.reason,
  limits: limitsOf(row.limits),
  changes: changesOf(row.changes),
  outside: outsideOf(row.outside),
  baseRevision: row.baseRevision,
  endsAt: row.endsAt,
  boostSeconds: row.boostSeconds,
  state: row.state,
  decision:
    row.decidedAt === null
      ? null
      : {
          by: { subject: row.decidedBySubject ?? '', name: row.decidedByName ?? '' },
          at: row.decidedAt,
          reason: row.decisionReason ?? '',
        },
  appliedRevision: row.appliedRevision,
})
