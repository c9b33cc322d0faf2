import type { Json } from '@tickwatch/policy'
import { AlreadyExists, NotFound } from './errors.ts'
import type { ReceiverKind } from './generated/client.ts'
import type { Person } from './json.ts'
import { isUniqueViolation } from './prismaErrors.ts'
import { clientOf, type PlatformTx, type WorkerTx } from './transaction.ts'

export type { ReceiverKind }
export type Receiver = {
  id: string
  name: string
  kind: ReceiverKind
  /** By kind. Its writer parses it; keys are only references. */
  settings: unknown
  createdAt: Date
  removedAt: Date | null
  /** Nothing is sent to it before. */
  pausedUntil: Date | null
  /** How many sends failed since the last one that it accepted. */
  failures: number
}
export type NewReceiver = Pick<Receiver, 'id' | 'name' | 'kind' | 'createdAt'> & { settings: Json }

/** A version of the routes: which notification goes to which receivers. */
export type RoutesVersion = { version: number; createdAt: Date; by: Person; reason: string; routes: unknown }

/** All that are not removed, by name. */
export async function live(tx: PlatformTx): Promise<Receiver[]> {
  return clientOf(tx).receiver.findMany({ where: { removedAt: null }, orderBy: { name: 'asc' } })
}

/** Also one that is removed; null if there never was one. */
export async function byId(tx: PlatformTx, id: string): Promise<Receiver | null> {
  return clientOf(tx).receiver.findUnique({ where: { id } })
}

/** @throws AlreadyExists if a receiver that is not removed has this name. */
export async function create(tx: PlatformTx, receiver: NewReceiver): Promise<void> {
  await orNameTaken(
    receiver.name,
    clientOf(tx).receiver.create({ data: { ...receiver, settings: receiver.settings ?? {} } }),
  )
}

/** @throws AlreadyExists, NotFound */
export async function update(tx: PlatformTx, id: string, to: { name: string; settings: Json }): Promise<void> {
  const { count } = await orNameTaken(
    to.name,
    clientOf(tx).receiver.updateMany({
      where: { id, removedAt: null },
      data: { name: to.name, settings: to.settings ?? {}, failures: 0, pausedUntil: null },
    }),
  )
  if (count === 0) throw new NotFound(`there is no receiver ${id}`)
}

/** @returns false if it is removed already, or never was. */
export async function remove(tx: PlatformTx, id: string, at: Date): Promise<boolean> {
  const { count } = await clientOf(tx).receiver.updateMany({ where: { id, removedAt: null }, data: { removedAt: at } })
  return count > 0
}

/** Sets when the next message may be sent to it, and how often sending failed. */
export async function pace(
  tx: WorkerTx,
  id: string,
  to: { pausedUntil: Date | null; failures: number },
): Promise<void> {
  await clientOf(tx).receiver.update({ where: { id }, data: to, select: { id: true } })
}

/** The routes in force; null before the first version. */
export async function routes(tx: PlatformTx): Promise<RoutesVersion | null> {
  const [newest] = await versions(tx, 1)
  return newest ?? null
}

/** Newest first. */
export async function versions(tx: PlatformTx, count: number): Promise<RoutesVersion[]> {
  const rows = await clientOf(tx).notificationRoutes.findMany({ orderBy: { version: 'desc' }, take: count })
  return rows.map(({ bySubject, byName, ...row }) => ({ ...row, by: { subject: bySubject, name: byName } }))
}

/** @throws AlreadyExists if another person stored this version first. */
export async function appendRoutes(
  tx: PlatformTx,
  { by, routes, ...row }: RoutesVersion & { routes: Json },
): Promise<void> {
  try {
    await clientOf(tx).notificationRoutes.create({
      data: { ...row, bySubject: by.subject, byName: by.name, routes: routes ?? [] },
    })
  } catch (cause) {
    throw isUniqueViolation(cause) ? new AlreadyExists(`version ${row.version} of the routes exists`, { cause }) : cause
  }
}

async function orNameTaken<T>(name: string, writing: Promise<T>): Promise<T> {
  try {
    return await writing
  } catch (cause) {
    throw isUniqueViolation(cause) ? new AlreadyExists(`a receiver is called ${name}`, { cause }) : cause
  }
}
