import { jobs, type Tx } from '@tickwatch/db'

/** Enqueues the publication of a saved change of a tenant or its tokens, and notifies live views. */
export async function publishTenantChange(tx: Tx, tenantId: string): Promise<void> {
  await jobs.enqueue(tx, { task: 'publish', payload: {}, jobKey: 'publish' })
  await jobs.notify(tx, { kind: 'tenant', tenantId })
}
