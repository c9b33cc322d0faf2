import pg from 'pg'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import { LeaseLost } from './errors.ts'
import * as leases from './lease.repository.ts'
import * as tenants from './tenant.repository.ts'
import { useDatabase } from './test/fixtures.ts'
import { clientOf } from './transaction.ts'

const database = useDatabase(useTestDatabase())
const forMs = 60_000
let admin: pg.Client
beforeEach(async () => {
  admin = new pg.Client({ connectionString: database.urls.admin })
  await admin.connect()
  await admin.query('DELETE FROM lease')
})
afterEach(async () => {
  vi.useRealTimers()
  await admin.end()
})

const acquire = (holder: string) => database.db.worker((tx) => leases.acquire(tx, 'work', holder, forMs))
const renew = (fencing: number) => database.db.worker((tx) => leases.renew(tx, { name: 'work', fencing }, forMs))
const expire = () => admin.query("UPDATE lease SET expires_at = now() - interval '1 second'")

it('only one of many processes that ask at once gets the lease, until it returns it', async () => {
  const taken = await Promise.all(Array.from({ length: 8 }, (_, i) => acquire(`process-${i}`)))
  expect(taken.filter((fencing) => fencing !== null)).toEqual([1])
  await database.db.worker((tx) => leases.release(tx, { name: 'work', fencing: 1 }))
  expect(await acquire('next')).toBe(2)
})

it('an expired lease goes to the next process with a greater number, and the old holder cannot renew it', async () => {
  expect(await acquire('old')).toBe(1)
  expect(await renew(1)).toBe(true)
  await expire()
  expect(await renew(1)).toBe(false)
  expect(await acquire('new')).toBe(2)
  expect(await renew(1)).toBe(false)
  await database.db.worker((tx) => leases.release(tx, { name: 'work', fencing: 1 }))
  expect(await acquire('third')).toBeNull()
})

it('leases with different names are independent', async () => {
  expect(await acquire('one')).toBe(1)
  expect(await database.db.worker((tx) => leases.acquire(tx, 'other', 'one', forMs))).toBe(1)
})

it("expiry is by Postgres' clock: a process with a clock an hour ahead can't take a lease early", async () => {
  expect(await acquire('old')).toBe(1)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
  expect(await acquire('ahead')).toBeNull()
})

it('a transaction of the holder commits, and one of a process that lost the lease is rolled back', async () => {
  const write = (fencing: number, name: string) =>
    database.db.worker(async (tx) => {
      await clientOf(tx).tenant.updateMany({ where: { id: 'acme' }, data: { name } })
      await leases.fence(tx, { name: 'work', fencing })
    })
  const written = async () => (await database.db.worker((tx) => tenants.byId(tx, 'acme')))?.name
  await acquire('old')
  await write(1, 'by the holder')
  await expire()
  await acquire('new')
  await expect(write(1, 'too late')).rejects.toThrow(LeaseLost)
  expect(await written()).toBe('by the holder')
})

it('a process that takes the lease waits for a write that has begun, and then sees it', async () => {
  await acquire('old')
  await expire()
  const order: string[] = []
  let taking: Promise<unknown> | undefined
  await database.db.worker(async (tx) => {
    await leases.fence(tx, { name: 'work', fencing: 1 })
    taking = acquire('new').then((fencing) => order.push(`taken as ${fencing}`))
    await vi.waitFor(async () => {
      const waiting = await admin.query("SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
      expect(waiting.rowCount).toBeGreaterThan(0)
    })
    order.push('written')
  })
  await taking
  expect(order).toEqual(['written', 'taken as 2'])
})
