import { type Database, jobs, LeaseLost, openDatabase } from '@tickwatch/db'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { useTestDatabase } from '../../../../local/src/testing/testing.ts'
import { createLeases, type Lease } from './lease.ts'

const urls = useTestDatabase()
const log = pino({ enabled: false })
const long = 60_000
/** Renewed every 2 s, a quarter of it: slow enough for a busy machine. */
const brief = 8_000
let db: Database
let admin: pg.Client
let ending: AbortController
beforeAll(async () => {
  db = openDatabase(urls)
  admin = new pg.Client({ connectionString: urls.admin })
  await admin.connect()
})
afterAll(async () => {
  await admin.end()
  await db.close()
})
beforeEach(async () => {
  vi.restoreAllMocks()
  ending = new AbortController()
  await admin.query('DELETE FROM lease')
})

/** One process's side of the lease. */
const aProcess = (forMs = long) => createLeases(db, { name: 'work', forMs }, ending.signal, log)
const expire = () => admin.query("UPDATE lease SET expires_at = now() - interval '1 second'")
const write = (lease: Lease, by: string) =>
  lease.write((tx) => jobs.enqueue(tx, { task: 'publish', payload: { by }, jobKey: 'written' }))
const writtenBy = async () => {
  const written = "SELECT payload->>'by' AS by FROM graphile_worker._private_jobs WHERE key = 'written'"
  return (await admin.query<{ by: string }>(written)).rows[0]?.by
}
const aborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

/** A holder that works until the test ends it. */
async function holding(leases = aProcess()) {
  const begun = Promise.withResolvers<Lease>()
  const rest = Promise.withResolvers<void>()
  const done = leases.hold(async (lease) => {
    begun.resolve(lease)
    await rest.promise
  })
  return { lease: await begun.promise, done, finish: rest.resolve }
}

describe('a lease', () => {
  it('keeps two processes apart, and the one that waits begins when the other has finished', async () => {
    const first = await holding()
    const order: string[] = []
    const waiting = aProcess().hold(async ({ fencing }) => void order.push(`second under ${fencing}`))
    await aProcess().tryHold(async () => void order.push('a third'))
    order.push(`first under ${first.lease.fencing}`)
    first.finish()
    const finishedAt = performance.now()
    await Promise.all([first.done, waiting])
    expect(order).toEqual(['first under 1', 'second under 2'])
    // Much earlier than the lease would have expired.
    expect(performance.now() - finishedAt).toBeLessThan(long / 4)
  })

  it('lets the work of one process wait its turn in memory, and failed work delays nothing', async () => {
    const leases = aProcess()
    const first = await holding(leases)
    const order: string[] = []
    const failing = leases.hold(async () => {
      order.push('failing')
      throw new Error('of the work itself')
    })
    const next = leases.hold(async () => void order.push('next'))
    await leases.tryHold(async () => void order.push('skipped'))
    first.finish()
    await expect(failing).rejects.toThrow('of the work itself')
    await next
    expect(order).toEqual(['failing', 'next'])
  })

  it('of a process that was killed is taken over once it expired, and its late write is rejected', async () => {
    const killed = await holding()
    await write(killed.lease, 'the first')
    await expire()
    const next = await holding()
    expect(next.lease.fencing).toBe(killed.lease.fencing + 1)
    await write(next.lease, 'the second')
    await expect(write(killed.lease, 'a late one')).rejects.toThrow(LeaseLost)
    expect(await writtenBy()).toBe('the second')
    killed.finish()
    await killed.done
    await aProcess().tryHold(async () => expect.fail('the second still holds it'))
    next.finish()
    await next.done
    const third = await holding()
    expect(third.lease.fencing).toBe(next.lease.fencing + 1)
    third.finish()
    await third.done
  })

  it('is renewed while the work goes on', async () => {
    const { lease, done, finish } = await holding(aProcess(brief))
    const expiryMs = async () =>
      (await admin.query<{ at: Date }>('SELECT expires_at AS at FROM lease')).rows[0]?.at.getTime() ?? 0
    const first = await expiryMs()
    await vi.waitFor(async () => expect(await expiryMs()).toBeGreaterThan(first), brief)
    lease.check()
    finish()
    await done
  })

  it('that Postgres does not renew in time ends the call under way, and permits none after it', async () => {
    const lost = aProcess(brief / 4).hold(async (lease) => {
      await admin.query('BEGIN; SELECT FROM lease FOR UPDATE')
      try {
        await aborted(lease.check())
      } finally {
        expect(() => lease.check()).toThrow(LeaseLost)
        await expect(write(lease, 'a late one')).rejects.toThrow(LeaseLost)
        await admin.query('ROLLBACK')
      }
    })
    await expect(lost).rejects.toThrow('the lease work was lost: Postgres did not renew it in time')
  })

  it('that another process took ends the call under way at the next renewal', async () => {
    const lost = aProcess(brief).hold(async (lease) => {
      await expire()
      await aborted(lease.check())
    })
    await expect(lost).rejects.toThrow('it expired, or another process took it')
  })

  it('is not trusted by a process that was stopped until it expired', async () => {
    const { lease, done, finish } = await holding()
    const now = performance.now.bind(performance)
    vi.spyOn(performance, 'now').mockImplementation(() => now() + long * 0.9)
    expect(() => lease.check()).toThrow('was stopped or busy for too long')
    finish()
    await done
  })

  it('ends with its work', async () => {
    const { lease, done, finish } = await holding()
    const signal = lease.check()
    finish()
    await done
    expect(signal.aborted).toBe(true)
    expect(() => lease.check()).toThrow('has ended')
    await expect(write(lease, 'a late one')).rejects.toThrow('has ended')
  })

  it('is not waited for by a process that ends', async () => {
    const other = await holding()
    const waiting = aProcess().hold(async () => {})
    ending.abort()
    await expect(waiting).rejects.toThrow('aborted')
    other.finish()
    await other.done
  })
})
