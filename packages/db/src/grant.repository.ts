import { type HeldRole, platformRoles, type Role, tenantRoles } from '@tickwatch/policy'
import { AlreadyExists, LastPlatformAdmin, NotFound } from './errors.ts'
import { Prisma, type Grant as Row } from './generated/client.ts'
import { containing, decodeCursor, type Page, type PageRequest, toPage } from './page.ts'
import { isForeignKeyViolation, isUniqueViolation } from './prismaErrors.ts'
import { clientOf, type PlatformTx } from './transaction.ts'

export type Grant = {
  id: string
  role: Role
  tenantId: string | null
  subjectKind: 'person' | 'group'
  /** A group's name as in the token, or a person's e-mail address. */
  subject: string
  createdAt: Date
  createdBy: string
}

/** The roles that are granted to any of `persons` (one person's e-mail address and `sub`) or to any of `groups`. */
export async function heldBy(
  tx: PlatformTx,
  subjects: { persons: readonly string[]; groups: readonly string[] },
): Promise<HeldRole[]> {
  const rows = await clientOf(tx).grant.findMany({
    where: {
      OR: [
        { subjectKind: 'person', subject: { in: [...subjects.persons] } },
        { subjectKind: 'group', subject: { in: [...subjects.groups] } },
      ],
    },
    select: { role: true, tenantId: true },
    distinct: ['role', 'tenantId'],
  })
  return rows.map(({ role, tenantId }) => ({ role: roleOf(role), tenantId }))
}

/** The first `most` subjects that have any of these roles for one tenant, or for the platform if `tenantId` is null. */
export async function holders(
  tx: PlatformTx,
  roles: readonly Role[],
  tenantId: string | null,
  most: number,
): Promise<Pick<Grant, 'subjectKind' | 'subject'>[]> {
  return clientOf(tx).grant.findMany({
    where: { role: { in: [...roles] }, tenantId },
    select: { subjectKind: true, subject: true },
    distinct: ['subjectKind', 'subject'],
    orderBy: [{ subjectKind: 'asc' }, { subject: 'asc' }],
    take: most,
  })
}

export type GrantListRequest = PageRequest & {
  /** Part of the subject, of the tenant's id or of the role; upper or lower case. */
  search?: string | undefined
}

/** Newest first. @throws BadCursor */
export async function list(tx: PlatformTx, { search, cursor, pageSize }: GrantListRequest): Promise<Page<Grant>> {
  const after = decodeCursor(cursor, ['time', 'uuid'])
  const where = [Prisma.sql`true`]
  if (search) {
    const pattern = Prisma.sql`lower(${containing(search)})`
    where.push(Prisma.sql`(lower(subject) LIKE ${pattern} OR tenant_id LIKE ${pattern} OR role LIKE ${pattern})`)
  }
  if (after) where.push(Prisma.sql`(created_at, id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`)
  // Searches first and sorts afterwards: in the order of the index Postgres would fetch every row separately.
  const found = search ? Prisma.sql`MATERIALIZED` : Prisma.sql`NOT MATERIALIZED`
  const rows = await clientOf(tx).$queryRaw<Row[]>`
    WITH found AS ${found} (
      SELECT id, role, tenant_id AS "tenantId", subject_kind AS "subjectKind", subject, created_at AS "createdAt",
        created_by AS "createdBy"
      FROM public.role_grant WHERE ${Prisma.join(where, ' AND ')}
    )
    SELECT * FROM found ORDER BY "createdAt" DESC, id DESC LIMIT ${pageSize + 1}`
  return toPage(rows, pageSize, (row) => [row.createdAt.toISOString(), row.id], grantOf)
}

/** @throws AlreadyExists if the subject has the role already, NotFound if the tenant does not exist. */
export async function add(tx: PlatformTx, grant: Grant): Promise<void> {
  try {
    await clientOf(tx).grant.create({ data: grant })
  } catch (error) {
    if (isUniqueViolation(error)) {
      throw new AlreadyExists(`${grant.subject} has the role ${grant.role} already`, { cause: error })
    }
    if (isForeignKeyViolation(error)) throw new NotFound(`there is no tenant ${grant.tenantId}`, { cause: error })
    throw error
  }
}

/**
 * @returns the grant that was removed.
 * @throws NotFound, LastPlatformAdmin
 */
export async function remove(tx: PlatformTx, id: string): Promise<Grant> {
  const client = clientOf(tx)
  const grant = await client.grant.findUnique({ where: { id } })
  if (!grant) throw new NotFound(`there is no grant ${id}`)
  if (grant.role === 'platform-admin') {
    // Locks the table, so that two admins who remove each other at once can't both succeed.
    await client.$executeRaw`LOCK TABLE public.role_grant IN SHARE ROW EXCLUSIVE MODE`
    const admins = await client.grant.findMany({ where: { role: 'platform-admin' }, select: { id: true } })
    if (admins.every((admin) => admin.id === id)) {
      throw new LastPlatformAdmin(
        "the last platform-admin grant can't be removed: without it nobody could grant a role",
      )
    }
  }
  const { count } = await client.grant.deleteMany({ where: { id } })
  if (count === 0) throw new NotFound(`there is no grant ${id}`)
  return grantOf(grant)
}

const roles: readonly Role[] = [...platformRoles, ...tenantRoles]

function roleOf(column: string): Role {
  const role = roles.find((known) => known === column)
  if (!role) throw new TypeError(`${column} is not a role`)
  return role
}

const grantOf = (row: Row): Grant => ({ ...row, role: roleOf(row.role) })
