import type { Prisma } from './generated/client.ts'

/** A transaction of one tenant's request: row-level security shows it that tenant's rows only. */
export type TenantTx = { readonly scope: 'tenant'; readonly tenantId: string }
/** A transaction of the platform's own requests; a worker's may do all of it. */
export type PlatformTx = { readonly scope: 'platform' | 'worker' }
/** A transaction of a background worker. */
export type WorkerTx = { readonly scope: 'worker' }
export type Tx = TenantTx | PlatformTx | WorkerTx

export type Client = Prisma.TransactionClient

// Kept apart from the handle, so that no type of Prisma leaves this room.
const clients = new WeakMap<Tx, Client>()

export function openTx<T extends Tx>(tx: T, client: Client): T {
  clients.set(tx, client)
  return tx
}

/** @throws TypeError for a handle that no {@link Database} made. */
export function clientOf(tx: Tx): Client {
  const client = clients.get(tx)
  if (!client) throw new TypeError('this is no transaction of this database')
  return client
}
