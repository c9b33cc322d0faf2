import { LeaseLost } from './errors.ts'
import { clientOf, type WorkerTx } from './transaction.ts'

/** A name and the number under which it was taken. */
export type LeaseKey = { name: string; fencing: number }

/**
 * Takes a lease if it is free: new, returned or expired. All times are by Postgres' clock.
 * @param holder the process, for people who read the table.
 * @returns its fencing number, greater than every earlier one; null if another process holds it.
 */
export async function acquire(tx: WorkerTx, name: string, holder: string, forMs: number): Promise<number | null> {
  const [row] = await clientOf(tx).$queryRaw<{ fencing: bigint }[]>`
    INSERT INTO public.lease AS l (name, holder, fencing, expires_at)
    VALUES (${name}, ${holder}, 1, clock_timestamp() + ${forMs}::int * interval '1 millisecond')
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, fencing = l.fencing + 1,
      expires_at = clock_timestamp() + ${forMs}::int * interval '1 millisecond'
    WHERE l.expires_at <= clock_timestamp()
    RETURNING fencing`
  return row ? Number(row.fencing) : null
}

/** @returns false if the lease is lost: it expired, or another process took it. */
export async function renew(tx: WorkerTx, { name, fencing }: LeaseKey, forMs: number): Promise<boolean> {
  const renewed = await clientOf(tx).$executeRaw`
    UPDATE public.lease SET expires_at = clock_timestamp() + ${forMs}::int * interval '1 millisecond'
    WHERE name = ${name} AND fencing = ${fencing}::bigint AND expires_at > clock_timestamp()`
  return renewed === 1
}

/** Returns the lease, so that the next holder need not wait until it expires. */
export async function release(tx: WorkerTx, { name, fencing }: LeaseKey): Promise<void> {
  await clientOf(tx).$executeRaw`
    UPDATE public.lease SET expires_at = clock_timestamp() WHERE name = ${name} AND fencing = ${fencing}::bigint`
}

/**
 * Lets the transaction commit only under this lease. It locks the row, so a process that takes the lease waits
 * until the transaction ends.
 * @throws LeaseLost if another process took the lease.
 */
export async function fence(tx: WorkerTx, { name, fencing }: LeaseKey): Promise<void> {
  const held = await clientOf(tx).$queryRaw<unknown[]>`
    SELECT FROM public.lease WHERE name = ${name} AND fencing = ${fencing}::bigint FOR SHARE`
  if (held.length === 0) throw new LeaseLost(`another process took the lease ${name}`)
}
