import { type ReaderToken, type ReaderUse, readerUseResolutionMs } from '@tickwatch/policy'
import type { Prisma } from './generated/client.ts'
import { type Person, versionOf } from './json.ts'
import { decodeCursor, type Page, type PageRequest, toPage } from './page.ts'
import { clientOf, type PlatformTx, type TenantTx, type Tx, type WorkerTx } from './transaction.ts'

/** A change of a tenant's tokens, which a policy version brings to the gateways. */
export type ReaderTokenChange = {
  id: number
  createdAt: Date
  /** The first policy version that carries it; null until compiled. */
  policyVersion: number | null
}
/** A token as its tenant sees it, without its hash. */
export type StoredReaderToken = {
  id: string
  tenantId: string
  name: string
  createdAt: Date
  by: Person
  expiresAt: Date
  revoked: { at: Date; by: Person } | null
  /** The last use that a gateway reported, to the minute. */
  lastUsedAt: Date | null
  /** Its creation; its revocation if it is revoked. */
  change: ReaderTokenChange
}
export type NewReaderToken = Omit<StoredReaderToken, 'expiresAt' | 'revoked' | 'lastUsedAt' | 'change'> &
  Pick<ReaderToken, 'sha256'> & { expiresAt: Date }
export type ReaderTokenAct = { by: Person; reason: string; at: Date }

// The columns that a tenant's role may read. rights.int.test.ts checks its rights.
const columns = {
  ...{ tenantId: true, id: true, name: true, createdAt: true, bySubject: true, byName: true, expiresAt: true },
  ...{ revokedAt: true, revokedBySubject: true, revokedByName: true, lastUsedAt: true },
  changes: { select: { id: true, createdAt: true, policyVersion: true }, orderBy: { id: 'desc' }, take: 1 },
} as const satisfies Prisma.ReaderTokenSelect
type Row = Prisma.ReaderTokenGetPayload<{ select: typeof columns }>

/** The tokens that are neither revoked nor expired, newest first. */
export async function live(tx: TenantTx, tenantId: string, now: Date): Promise<StoredReaderToken[]> {
  const rows = await clientOf(tx).readerToken.findMany({
    where: { tenantId, revokedAt: null, expiresAt: { gt: now } },
    select: columns,
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  })
  return rows.map(tokenOf)
}

/** The tokens that are revoked or expired, newest first. @throws BadCursor */
export async function ended(
  tx: TenantTx,
  tenantId: string,
  now: Date,
  request: PageRequest,
): Promise<Page<StoredReaderToken>> {
  const after = decodeCursor(request.cursor, ['time', 'uuid'])
  const at = after && new Date(after[0] ?? '')
  const rows = await clientOf(tx).readerToken.findMany({
    where: {
      tenantId,
      OR: [{ revokedAt: { not: null } }, { expiresAt: { lte: now } }],
      ...(at ? { AND: { OR: [{ createdAt: { lt: at } }, { createdAt: at, id: { lt: String(after[1]) } }] } } : {}),
    },
    select: columns,
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: request.pageSize + 1,
  })
  return toPage(rows, request.pageSize, (row) => [row.createdAt.toISOString(), row.id], tokenOf)
}

/** The tokens of all tenants that expire from `now` until `until`, unless they are revoked. */
export async function expiring(
  tx: WorkerTx,
  now: Date,
  until: Date,
): Promise<Pick<StoredReaderToken, 'tenantId' | 'id' | 'name' | 'expiresAt'>[]> {
  return clientOf(tx).readerToken.findMany({
    where: { revokedAt: null, expiresAt: { gt: now, lte: until } },
    select: { tenantId: true, id: true, name: true, expiresAt: true },
    orderBy: [{ expiresAt: 'asc' }, { id: 'asc' }],
  })
}

/** Null if it does not exist, or if the transaction's tenant may not see it. */
export async function byId(tx: TenantTx, tenantId: string, id: string): Promise<StoredReaderToken | null> {
  const row = await clientOf(tx).readerToken.findUnique({ where: { tenantId_id: { tenantId, id } }, select: columns })
  return row && tokenOf(row)
}

/** Creates a token. The next policy version carries it. @returns the number of the change. */
export async function create(tx: TenantTx, token: NewReaderToken, reason: string): Promise<number> {
  const { by, ...rest } = token
  // createMany, because create would read the whole row back, and a tenant's role may not read the hash.
  await clientOf(tx).readerToken.createMany({ data: [{ ...rest, bySubject: by.subject, byName: by.name }] })
  return recordChange(tx, token.tenantId, token.id, { by, reason, at: token.createdAt })
}

/**
 * Revokes a token permanently. If two callers do so at once, one of them makes the change.
 * @returns the number of the change; null if the token is already revoked or does not exist.
 */
export async function revoke(tx: TenantTx, tenantId: string, id: string, act: ReaderTokenAct): Promise<number | null> {
  const { count } = await clientOf(tx).readerToken.updateMany({
    where: { tenantId, id, revokedAt: null },
    data: { revokedAt: act.at, revokedBySubject: act.by.subject, revokedByName: act.by.name },
  })
  return count === 0 ? null : recordChange(tx, tenantId, id, act)
}

/**
 * Records uses of tokens that a gateway reports. A token is written at most once a minute, however many gateways served
 * it. Unknown tokens are ignored.
 * @param receivedAt no use is later, also if the gateway's clock is fast
 */
export async function recordUses(tx: PlatformTx, uses: readonly ReaderUse[], receivedAt: Date): Promise<void> {
  if (uses.length === 0) return
  const resolution = `${readerUseResolutionMs} ms`
  // Locks the tokens in one order, so that heartbeats of two gateways do not wait for each other.
  await clientOf(tx).$executeRaw`
    WITH used AS (
      SELECT u.sha256, least(max(u."usedAt"), ${receivedAt}) AS at
      FROM jsonb_to_recordset(${JSON.stringify(uses)}::jsonb) AS u(sha256 text, "usedAt" timestamptz) GROUP BY u.sha256
    ), due AS MATERIALIZED (
      SELECT t.sha256, used.at FROM used JOIN public.reader_token t ON t.sha256 = used.sha256
      WHERE t.last_used_at IS NULL OR t.last_used_at <= used.at - ${resolution}::interval
      ORDER BY t.sha256 FOR NO KEY UPDATE OF t
    )
    UPDATE public.reader_token t SET last_used_at = due.at FROM due WHERE t.sha256 = due.sha256`
}

/** Records that a gateway that does not report uses was heard of. It writes at most once a minute. */
export async function recordGap(tx: PlatformTx, receivedAt: Date): Promise<void> {
  const lastAt = { lte: new Date(receivedAt.getTime() - readerUseResolutionMs) }
  await clientOf(tx).readerUseGap.updateMany({ where: { lastAt }, data: { lastAt: receivedAt } })
}

/** Since when every gateway reports the uses of tokens. It may be in the future: then one of them does not. */
export async function usesKnownSince(tx: Tx): Promise<Date> {
  const { lastAt } = await clientOf(tx).readerUseGap.findUniqueOrThrow({ where: { only: true } })
  // The last heartbeat may have come this much later.
  return new Date(lastAt.getTime() + readerUseResolutionMs)
}

/** Null if the change does not exist, or is not about this tenant's tokens. */
export async function change(tx: TenantTx, tenantId: string, id: number): Promise<ReaderTokenChange | null> {
  const row = await clientOf(tx).tenantChange.findFirst({
    where: { tenantId, id, readerTokenId: { not: null } },
    select: columns.changes.select,
  })
  return row && changeOf(row)
}

async function recordChange(
  tx: TenantTx,
  tenantId: string,
  readerTokenId: string,
  { by, reason, at }: ReaderTokenAct,
): Promise<number> {
  const made = await clientOf(tx).tenantChange.create({
    data: { tenantId, readerTokenId, bySubject: by.subject, byName: by.name, reason, createdAt: at },
    select: { id: true },
  })
  return Number(made.id)
}

const changeOf = ({ id, createdAt, policyVersion }: Row['changes'][number]): ReaderTokenChange => ({
  id: Number(id),
  createdAt,
  policyVersion: versionOf(policyVersion),
})

function tokenOf(row: Row): StoredReaderToken {
  const [change] = row.changes
  if (!change) throw new TypeError(`the token ${row.id} has no change that created it`)
  return {
    id: row.id,
    tenantId: row.tenantId,
    name: row.name,
    createdAt: row.createdAt,
    by: { subject: row.bySubject, name: row.byName },
    expiresAt: row.expiresAt,
    revoked: row.revokedAt && {
      at: row.revokedAt,
      by: { subject: row.revokedBySubject ?? '', name: row.revokedByName ?? '' },
    },
    lastUsedAt: row.lastUsedAt,
    change: changeOf(change),
  }
}
