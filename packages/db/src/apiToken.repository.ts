import type { ApiToken as Row } from './generated/client.ts'
import type { Person } from './json.ts'
import { clientOf, type PlatformTx } from './transaction.ts'

/** A program's token as people see it, without its hash. */
export type StoredApiToken = {
  id: string
  name: string
  scopes: string[]
  createdAt: Date
  by: Person
  expiresAt: Date
  revoked: { at: Date; by: Person } | null
  /** To the minute. */
  lastUsedAt: Date | null
}
export type NewApiToken = Omit<StoredApiToken, 'revoked' | 'lastUsedAt'> & { sha256: string }

const usesEveryMs = 60_000

/** Held until the transaction ends, so that two callers who create tokens count each other's. */
export async function lock(tx: PlatformTx): Promise<void> {
  await clientOf(tx).$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('public.api_token', 0))`
}

/** Newest first. */
export async function list(tx: PlatformTx, count: number): Promise<StoredApiToken[]> {
  const rows = await clientOf(tx).apiToken.findMany({
    omit: { sha256: true },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: count,
  })
  return rows.map(tokenOf)
}

/** Those that are neither revoked nor expired. */
export async function live(tx: PlatformTx, now: Date): Promise<StoredApiToken[]> {
  const rows = await clientOf(tx).apiToken.findMany({
    where: { revokedAt: null, expiresAt: { gt: now } },
    omit: { sha256: true },
    orderBy: { name: 'asc' },
  })
  return rows.map(tokenOf)
}

export async function byId(tx: PlatformTx, id: string): Promise<StoredApiToken | null> {
  const row = await clientOf(tx).apiToken.findUnique({ where: { id }, omit: { sha256: true } })
  return row && tokenOf(row)
}

/** A token that is neither revoked nor expired, by the hash of what a caller sent. */
export async function liveBySha256(tx: PlatformTx, sha256: string, now: Date): Promise<StoredApiToken | null> {
  const row = await clientOf(tx).apiToken.findUnique({
    where: { sha256, revokedAt: null, expiresAt: { gt: now } },
    omit: { sha256: true },
  })
  return row && tokenOf(row)
}

export async function create(tx: PlatformTx, { by, ...token }: NewApiToken): Promise<void> {
  await clientOf(tx).apiToken.create({ data: { ...token, bySubject: by.subject, byName: by.name } })
}

/** @returns false if it is revoked already, or does not exist. */
export async function revoke(tx: PlatformTx, id: string, act: { at: Date; by: Person }): Promise<boolean> {
  const { count } = await clientOf(tx).apiToken.updateMany({
    where: { id, revokedAt: null },
    data: { revokedAt: act.at, revokedBySubject: act.by.subject, revokedByName: act.by.name },
  })
  return count > 0
}

/** Records a use. It writes at most once a minute. */
export async function recordUse(tx: PlatformTx, id: string, at: Date): Promise<void> {
  const due = new Date(at.getTime() - usesEveryMs)
  await clientOf(tx).apiToken.updateMany({
    where: { id, OR: [{ lastUsedAt: null }, { lastUsedAt: { lte: due } }] },
    data: { lastUsedAt: at },
  })
}

function tokenOf(row: Omit<Row, 'sha256'>): StoredApiToken {
  const { bySubject, byName, revokedAt, revokedBySubject, revokedByName, ...rest } = row
  return {
    ...rest,
    by: { subject: bySubject, name: byName },
    revoked: revokedAt && { at: revokedAt, by: { subject: revokedBySubject ?? '', name: revokedByName ?? '' } },
  }
}
