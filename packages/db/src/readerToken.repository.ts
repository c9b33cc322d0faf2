import type { ReaderToken } from '@tickwatch/policy'
import type { Prisma } from './generated/client.ts'
import { type Person, versionOf } from './json.ts'
import { decodeCursor, type Page, type PageRequest, toPage } from './page.ts'
import { clientOf, type TenantTx } from './transaction.ts'

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
  /** Its creation; its revocation if it is revoked. */
  change: ReaderTokenChange
}
export type NewReaderToken = Omit<StoredReaderToken, 'expiresAt' | 'revoked' | 'change'> &
  Pick<ReaderToken, 'sha256'> & { expiresAt: Date }
export type ReaderTokenAct = { by: Person; reason: string; at: Date }

// The columns that a tenant's role may read. rights.int.test.ts checks its rights.
const columns = {
  ...{ tenantId: true, id: true, name: true, createdAt: true, bySubject: true, byName: true, expiresAt: true },
  ...{ revokedAt: true, revokedBySubject: true, revokedByName: true },
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
    change: changeOf(change),
  }
}
