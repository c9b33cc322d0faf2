import type { Prisma } from './generated/client.ts'

/** A transaction of one tenant's request: row-level security shows it only that tenant's rows. */
export type TenantTx = { readonly scope: 'tenant'; readonly tenantId: string }
/** A transaction of the platform's own requests. A worker's transaction has all of its rights. */
export type PlatformTx = { readonly scope: 'platform' | 'worker' }
/** A transaction of a background worker. */
export type WorkerTx = { readonly scope: 'worker' }
export type Tx = TenantTx | PlatformTx | WorkerTx

export type Client = Prisma.TransactionClient

// Kept outside the handle, so that no Prisma type leaves this room.
const clients = new WeakMap<Tx, Client>()

export function openTx<T extends Tx>(tx: T, client: Client): T {
  clients.set(tx, client)
  return tx
}

/** @throws TypeError if no {@link Database} made the handle. */
export function clientOf(tx: Tx): Client {
  const client = clients.get(tx)
  if (!client) throw new TypeError('this is not a transaction of this database')
  return client
}
