import type { ImageException as Row } from './generated/client.ts'
import type { Person } from './json.ts'
import { clientOf, type PlatformTx } from './transaction.ts'

/** Images of one name may roll out although a package of them has a vulnerability. */
export type ImageException = {
  id: string
  imageName: string
  vulnerability: string
  package: string
  createdAt: Date
  by: Person
  reason: string
  expiresAt: Date
  /** Null unless a person ended it. */
  ended: { at: Date; by: Person; reason: string } | null
}

export async function create(tx: PlatformTx, { by, ...exception }: Omit<ImageException, 'ended'>): Promise<void> {
  await clientOf(tx).imageException.create({ data: { ...exception, bySubject: by.subject, byName: by.name } })
}

export async function byId(tx: PlatformTx, id: string): Promise<ImageException | null> {
  const row = await clientOf(tx).imageException.findUnique({ where: { id } })
  return row && exceptionOf(row)
}

/** Those that hold now, of images of these names. */
export async function live(tx: PlatformTx, imageNames: readonly string[], now: Date): Promise<ImageException[]> {
  const rows = await clientOf(tx).imageException.findMany({
    where: { imageName: { in: [...imageNames] }, endedAt: null, expiresAt: { gt: now } },
    orderBy: [{ expiresAt: 'asc' }, { id: 'asc' }],
  })
  return rows.map(exceptionOf)
}

/** All of images of one name, the newest first. */
export async function ofName(tx: PlatformTx, imageName: string, count: number): Promise<ImageException[]> {
  const rows = await clientOf(tx).imageException.findMany({
    where: { imageName },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: count,
  })
  return rows.map(exceptionOf)
}

/** Lets those who make exceptions for images of this name take turns until the transaction ends. */
export async function lock(tx: PlatformTx, imageName: string): Promise<void> {
  await clientOf(tx)
    .$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('public.image_exception ' || ${imageName}, 0))`
}

/** @returns false if it has ended or expired already */
export async function end(tx: PlatformTx, id: string, at: Date, act: { by: Person; reason: string }): Promise<boolean> {
  const { count } = await clientOf(tx).imageException.updateMany({
    where: { id, endedAt: null, expiresAt: { gt: at } },
    data: { endedAt: at, endedBySubject: act.by.subject, endedByName: act.by.name, endedReason: act.reason },
  })
  return count > 0
}

function exceptionOf(row: Row): ImageException {
  const { bySubject, byName, endedAt, endedBySubject, endedByName, endedReason, ...rest } = row
  return {
    ...rest,
    by: { subject: bySubject, name: byName },
    ended: endedAt && {
      at: endedAt,
      by: { subject: endedBySubject ?? '', name: endedByName ?? '' },
      reason: endedReason ?? '',
    },
  }
}
