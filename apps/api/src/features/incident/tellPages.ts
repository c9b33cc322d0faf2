import { type IncidentEvent, incidentTenants, jobs, type PlatformTx } from '@tickwatch/db'

/** A notification of Postgres has at most 8,000 bytes, and a tenant's id at most 63 characters. */
const tenantsAtOnce = 100

/**
 * Lets open pages ask again when the transaction commits: those of the platform's people, and those of the tenants that see
 * what happened. Call it after the events and the tenants that they harm are stored.
 */
export async function tellPages(
  tx: PlatformTx,
  events: readonly Pick<IncidentEvent, 'incidentId' | 'tenantId' | 'kind'>[],
): Promise<void> {
  const tenantIds = await incidentTenants.thatSee(tx, events)
  for (let i = 0; i === 0 || i < tenantIds.length; i += tenantsAtOnce) {
    await jobs.notify(tx, { kind: 'incident', tenantIds: tenantIds.slice(i, i + tenantsAtOnce) })
  }
}
