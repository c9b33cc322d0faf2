import type { Json } from '@tickwatch/policy'
import { type Definition, platformTenant, storedDefinition } from '@tickwatch/slo'
import type { Database } from './database.ts'
import { StaleSlo } from './errors.ts'
import { Prisma } from './generated/client.ts'
import type { Person } from './json.ts'
import { decodeCursor, type Page, type PageRequest, toPage } from './page.ts'
import { clientOf, type PlatformTx } from './transaction.ts'

/** An SLO with its newest definition. */
export type StoredSlo = {
  id: string
  /** Whose series it reads. All SLOs are the platform's. */
  tenantId: string
  /** From 1, one more with each change. */
  version: number
  definition: Definition
  /** When this version was saved, and by whom. */
  savedAt: Date
  by: Person
  /** The number of the rule groups namespace that has its rules. */
  namespace: number
}

/** A version of an SLO, which nothing changes any more. */
export type SloVersion = {
  version: number
  savedAt: Date
  by: Person
  approvedBy: Person | null
  reason: string
  /** Null if this version deleted the SLO, or if this release can't read it. */
  definition: Definition | null
  isDeletion: boolean
  /** The request that was approved; null if the change needed none. */
  changeRequestId: string | null
}

export type NewSloVersion = Omit<SloVersion, 'version' | 'definition' | 'isDeletion'> & {
  id: string
  /** The version that the change is based on: 0 for the first one. */
  baseVersion: number
  /** Null deletes the SLO. */
  to: { definition: Definition; namespace: number } | null
}

/** A definition as it is stored, hashed and audited. */
export const definitionJson = (definition: Definition): Json => JSON.parse(JSON.stringify(definition)) as Json

type Row = {
  id: string
  version: number
  definition: unknown
  savedAt: Date
  subject: string
  name: string
  namespace: number
}

/**
 * All SLOs that are not deleted, by their ids.
 * @returns also those whose definition this release can't read, because a newer one wrote it
 */
export async function current(
  tx: PlatformTx,
): Promise<{ slos: StoredSlo[]; unreadable: Pick<StoredSlo, 'id' | 'namespace'>[] }> {
  const rows = await rowsOf(tx, Prisma.empty)
  return {
    slos: rows.flatMap((row) => sloOf(row) ?? []),
    unreadable: rows.filter((row) => !sloOf(row)).map(({ id, namespace }) => ({ id, namespace })),
  }
}

/** All current definitions that this release can read, by their ids. */
export const sloDefinitions = async (db: Database): Promise<StoredSlo[]> => (await db.platform(current)).slos

/** Null if it does not exist, is deleted, or can't be read. */
export async function byId(tx: PlatformTx, id: string): Promise<StoredSlo | null> {
  const [row] = await rowsOf(tx, Prisma.sql`AND s.id = ${id}`)
  return row ? sloOf(row) : null
}

/** The newest definitions of these SLOs that this release can read, also of deleted ones. Unknown ids are left out. */
export async function newestDefinitions(tx: PlatformTx, ids: readonly string[]): Promise<Definition[]> {
  if (ids.length === 0) return []
  const rows = await clientOf(tx).$queryRaw<{ definition: unknown }[]>`
    SELECT DISTINCT ON (slo_id) definition FROM public.slo_version
    WHERE slo_id = ANY(${[...ids]}) AND definition IS NOT NULL ORDER BY slo_id, version DESC`
  return rows.flatMap(({ definition }) => storedDefinition(definition) ?? [])
}

/** The newest change of an SLO. Null if there never was one of this id. */
export async function head(tx: PlatformTx, id: string): Promise<{ version: number; isDeleted: boolean } | null> {
  const row = await clientOf(tx).slo.findUnique({ where: { id } })
  return row && { version: row.version, isDeleted: row.namespace === null }
}

/** The versions of an SLO, newest first. @throws BadCursor */
export async function versions(tx: PlatformTx, sloId: string, request: PageRequest): Promise<Page<SloVersion>> {
  const after = decodeCursor(request.cursor, ['int4'])
  const rows = await clientOf(tx).sloVersion.findMany({
    where: { sloId, ...(after ? { version: { lt: Number(after[0]) } } : {}) },
    orderBy: { version: 'desc' },
    take: request.pageSize + 1,
  })
  return toPage(
    rows,
    request.pageSize,
    (row) => [row.version],
    (row) => ({
      version: row.version,
      savedAt: row.createdAt,
      by: { subject: row.bySubject, name: row.byName },
      approvedBy:
        row.approvedBySubject === null ? null : { subject: row.approvedBySubject, name: row.approvedByName ?? '' },
      reason: row.reason,
      definition: storedDefinition(row.definition),
      isDeletion: row.definition === null,
      changeRequestId: row.changeRequestId,
    }),
  )
}

/** Any number but that of the migrator's lock. */
export const sloEditLock = 4_207_700_002

/** Lets changes of SLOs take turns until the transaction ends, because whether one fits depends on all others. */
export async function lock(tx: PlatformTx): Promise<void> {
  await clientOf(tx).$executeRaw`SELECT pg_advisory_xact_lock(${sloEditLock}::bigint)`
}

/** Saves a version. @returns its number @throws StaleSlo if `baseVersion` is not the newest */
export async function append(tx: PlatformTx, made: NewSloVersion): Promise<number> {
  const { id, baseVersion, to, by, approvedBy } = made
  const client = clientOf(tx)
  const version = baseVersion + 1
  const head = { version, namespace: to?.namespace ?? null }
  const { count } =
    baseVersion === 0
      ? await client.slo.createMany({ data: [{ id, ...head }], skipDuplicates: true })
      : await client.slo.updateMany({ where: { id, version: baseVersion }, data: head })
  if (count === 0) throw new StaleSlo(`the SLO ${id} is not at version ${baseVersion} any more`)
  await client.sloVersion.create({
    data: {
      ...{ sloId: id, version, createdAt: made.savedAt, reason: made.reason, changeRequestId: made.changeRequestId },
      ...{ bySubject: by.subject, byName: by.name },
      ...(approvedBy ? { approvedBySubject: approvedBy.subject, approvedByName: approvedBy.name } : {}),
      ...(to ? { definition: to.definition } : {}),
    },
  })
  return version
}

const rowsOf = (tx: PlatformTx, more: Prisma.Sql) =>
  clientOf(tx).$queryRaw<Row[]>`
    SELECT s.id, s.version, s.namespace, v.definition, v.created_at AS "savedAt", v.by_subject AS subject, v.by_name AS name
    FROM public.slo s JOIN public.slo_version v ON v.slo_id = s.id AND v.version = s.version
    WHERE s.namespace IS NOT NULL ${more} ORDER BY s.id`

function sloOf({ id, version, savedAt, namespace, subject, name, ...row }: Row): StoredSlo | null {
  const definition = storedDefinition(row.definition)
  return definition && { id, tenantId: platformTenant, version, definition, savedAt, by: { subject, name }, namespace }
}
