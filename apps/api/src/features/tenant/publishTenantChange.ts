import { jobs, type Tx } from '@tickwatch/db'

/** Has a saved change of a tenant or of its tokens published, and tells who looks on. */
export async function publishTenantChange(tx: Tx, tenantId: string): Promise<void> {
  await jobs.enqueue(tx, { task: 'publish', payload: {}, jobKey: 'publish' })
  await jobs.notify(tx, { kind: 'tenant', tenantId })
}
