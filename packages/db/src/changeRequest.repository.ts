import type { LimitName } from '@tickwatch/policy'
import {
  type ChangeRequest,
  type ChangeRequestApproval,
  type ChangeRequestMessage,
  type ChangeRequestState,
  type RequestSubject,
  type Row,
  requestsOf,
  withTenant,
} from './changeRequestRows.ts'
import { AlreadyExists, NotFound, NotPending } from './errors.ts'
import type { Prisma } from './generated/client.ts'
import type { Person } from './json.ts'
import { decodeCursor, type Page, type PageRequest, toPage } from './page.ts'
import { isForeignKeyViolation, isUniqueViolation } from './prismaErrors.ts'
import { clientOf, type PlatformTx, type TenantTx, type Tx } from './transaction.ts'

export type { ChangeRequest, ChangeRequestApproval, ChangeRequestMessage, ChangeRequestState, RequestSubject }

type NewRequest = Pick<ChangeRequest, 'id' | 'tenantId' | 'createdAt' | 'by' | 'reason'>
export type NewChangeRequest = NewRequest &
  Pick<ChangeRequest, 'limits' | 'changes' | 'outside' | 'baseRevision' | 'endsAt' | 'boostSeconds'>
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

/** Creates a request for something else than limits. @throws NotFound if the tenant does not exist */
export async function createOf(
  tx: PlatformTx,
  request: NewRequest & Pick<ChangeRequest, 'approversNeeded'> & { subject: RequestSubject },
): Promise<void> {
  const { by, subject, ...rest } = request
  const data = {
    ...{ ...rest, bySubject: by.subject, byName: by.name },
    ...{ kind: subject.kind, subjectId: subject.id, contentSha256: subject.sha256 },
    content: subject.content as Prisma.InputJsonValue,
    ...{ limits: {}, changes: [], outside: [], baseRevision: 0 },
  }
  await clientOf(tx)
    .changeRequest.create({ data })
    .catch((cause: unknown) => {
      throw isForeignKeyViolation(cause) ? new NotFound(`there is no tenant ${request.tenantId}`, { cause }) : cause
    })
}

/** Null if it does not exist, or if the transaction's tenant may not see it. */
export async function byId(tx: Tx, id: string): Promise<ChangeRequest | null> {
  const row = await clientOf(tx).changeRequest.findUnique({ where: { id }, include: withTenant })
  if (!row) return null
  const [request = null] = await requestsOf(tx, [row])
  return request
}

/**
 * A pending request, which nobody else can decide or add a message to until the transaction ends. Null as for
 * {@link byId}. @throws NotPending
 */
export async function lockPending(tx: Tx, id: string): Promise<ChangeRequest | null> {
  await clientOf(tx).$queryRaw`SELECT FROM public.change_request WHERE id = ${id}::uuid FOR NO KEY UPDATE`
  const asked = await byId(tx, id)
  if (asked && asked.state !== 'pending') throw new NotPending(`the change request ${id} is already ${asked.state}`)
  return asked
}

/** Adds a message to a request that {@link lockPending} returned. */
export async function addMessage(tx: Tx, asked: ChangeRequest, message: ChangeRequestMessage): Promise<void> {
  const { kind, by, at, text } = message
  await clientOf(tx).changeRequestMessage.create({
    data: {
      tenantId: asked.tenantId,
      changeRequestId: asked.id,
      position: asked.messages.length + 1,
      kind,
      createdAt: at,
      bySubject: by.subject,
      byName: by.name,
      text,
    },
  })
}

/**
 * Adds a person's approval to a pending request for a rollout. Postgres refuses one of the person who asked.
 * @throws AlreadyExists if the person approved it before
 */
export async function addApproval(
  tx: PlatformTx,
  { tenantId, id, by, at, reason }: ChangeRequestApproval & Pick<ChangeRequest, 'tenantId' | 'id'>,
): Promise<void> {
  const data = { tenantId, changeRequestId: id, bySubject: by.subject, byName: by.name, at, reason }
  await clientOf(tx)
    .changeRequestApproval.create({ data })
    .catch((cause: unknown) => {
      throw isUniqueViolation(cause)
        ? new AlreadyExists(`${by.subject} approved the change request ${id} before`, { cause })
        : cause
    })
}

const ofQuota = { kind: 'quota' }

/** A tenant's pending requests for limits, oldest first. */
export async function pendingOf(tx: Tx, tenantId: string): Promise<ChangeRequest[]> {
  const rows = await clientOf(tx).changeRequest.findMany({
    where: { tenantId, state: 'pending', ...ofQuota },
    include: withTenant,
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
  return requestsOf(tx, rows)
}

/** A tenant's decided and withdrawn requests for limits, newest first. @throws BadCursor */
export async function decidedOf(tx: TenantTx, request: PageRequest): Promise<Page<ChangeRequest>> {
  const after = decodeCursor(request.cursor, ['time', 'uuid'])
  const at = after && new Date(after[0] ?? '')
  const rows = await clientOf(tx).changeRequest.findMany({
    where: {
      tenantId: tx.tenantId,
      ...ofQuota,
      decidedAt: { not: null },
      ...(at ? { OR: [{ decidedAt: { lt: at } }, { decidedAt: at, id: { lt: String(after[1]) } }] } : {}),
    },
    include: withTenant,
    orderBy: [{ decidedAt: 'desc' }, { id: 'desc' }],
    take: request.pageSize + 1,
  })
  const key = (row: Row) => [(row.decidedAt ?? row.createdAt).toISOString(), row.id]
  const page = toPage(rows, request.pageSize, key, (row) => row)
  return { ...page, items: await requestsOf(tx, page.items) }
}

/** When a request of the tenant was last made, decided or withdrawn, or got a message. Null before the first. */
export async function changedAt(tx: TenantTx): Promise<Date | null> {
  const { tenantId } = tx
  const [row] = await clientOf(tx).$queryRaw<{ at: Date | null }[]>`
    SELECT greatest(max(created_at), max(decided_at),
      (SELECT max(created_at) FROM public.change_request_message WHERE tenant_id = ${tenantId})) AS at
    FROM public.change_request WHERE tenant_id = ${tenantId}`
  return row?.at ?? null
}

/** Those of these requests that exist, by their ids. */
export async function byIds(tx: TenantTx, ids: readonly string[]): Promise<Map<string, ChangeRequest>> {
  const rows = await clientOf(tx).changeRequest.findMany({
    where: { tenantId: tx.tenantId, id: { in: [...ids] } },
    include: withTenant,
  })
  return new Map((await requestsOf(tx, rows)).map((request) => [request.id, request]))
}

/** How many of the tenant's requests for limits wait for a decision. */
export async function pendingCountOf(tx: TenantTx): Promise<number> {
  return clientOf(tx).changeRequest.count({ where: { tenantId: tx.tenantId, state: 'pending', ...ofQuota } })
}

/** The requests of one kind that wait for a decision, oldest first. */
export async function pendingOfKind(tx: PlatformTx, kind: string): Promise<ChangeRequest[]> {
  const rows = await clientOf(tx).changeRequest.findMany({
    where: { kind, state: 'pending' },
    include: withTenant,
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
  return requestsOf(tx, rows)
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
  const page = toPage(rows, request.pageSize, key, (row) => row)
  return { ...page, items: await requestsOf(tx, page.items) }
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
  return requestsOf(tx, rows)
}

/**
 * Decides a pending request. If two people decide at once, the second gets NotPending. Postgres refuses to approve a rollout
 * with fewer approvals than it needs.
 * @throws NotFound, NotPending
 */
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
