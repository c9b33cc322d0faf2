import { type Database, DatabaseUnavailable, tenantTransactionsMax } from '@tickwatch/db'
import { DomainError } from './errors.ts'
import { FairSlots, NoSlotInTime } from './fairSlots.ts'

/** Half of the time that the portal's server waits for an answer. */
const waitMs = 10_000

/** Tenants take turns at the connections of their pool, so that one with many calls does not delay the others. */
export function createTenantTurns() {
  const slots = new FairSlots(tenantTransactionsMax, waitMs, (cause) => cause instanceof DatabaseUnavailable)
  /** @param key the tenant, or another name for those who share a turn. @throws DomainError if it would wait longer. */
  const turn = <T>(key: string, work: () => Promise<T>): Promise<T> =>
    slots.run(key, work).catch((cause: unknown) => {
      throw cause instanceof NoSlotInTime ? tenantBusy(cause) : cause
    })
  return {
    turn,
    /** The same database, whose tenants take turns. */
    fair: (db: Database): Database => ({
      ...db,
      tenant: (tenantId, work) => turn(tenantId, () => db.tenant(tenantId, work)),
    }),
  }
}
export type TenantTurns = ReturnType<typeof createTenantTurns>

const tenantBusy = (cause: unknown) =>
  new DomainError('unavailable', 'tenant-busy', 'Other calls for this tenant take too long. Try again in a moment.', {
    cause,
  })
