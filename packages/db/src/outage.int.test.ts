import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { answerWithinMs } from '@tickwatch/policy'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Postgres, startPostgres } from '../../../local/src/parts/postgres/postgres.ts'
import { freePort } from '../../../local/src/process/ports.ts'
import { freeze } from '../../../local/src/testing/freeze.ts'
import { type Database, openDatabase } from './database.ts'
import { DatabaseUnavailable } from './errors.ts'
import { type Change, notify } from './job.repository.ts'
import { migrate } from './migrate/migrate.ts'
import * as tenants from './tenant.repository.ts'
import { clientOf, type PlatformTx, type Tx } from './transaction.ts'

let home = ''
let port = 0
let postgres: Postgres
let db: Database
const start = () => startPostgres({ dir: join(home, 'data'), port, durable: false })

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tickwatch-outage-'))
  await chmod(home, 0o711)
  port = await freePort()
  postgres = await start()
  const passwords = { tenant: 'tenant', platform: 'platform', worker: 'worker' }
  await migrate(postgres.ownerUrl, passwords)
  const url = (role: keyof typeof passwords) => {
    const at = new URL(postgres.ownerUrl)
    at.username = `tickwatch_${role}`
    at.password = passwords[role]
    return at.href
  }
  db = openDatabase({ tenant: url('tenant'), platform: url('platform'), worker: url('worker') })
})
afterAll(async () => {
  await db.close()
  await postgres.stop()
  await rm(home, { recursive: true, force: true })
})

it('while Postgres is stopped every transaction says so, and all works again when it is back', async () => {
  const heard: Change[] = []
  const stop = await db.listen((change) => heard.push(change))
  await db.ping()
  await postgres.stop()

  await expect(db.ping()).rejects.toThrow()
  const read = () => db.platform((tx) => tenants.platformDefaults(tx))
  await expect(read()).rejects.toBeInstanceOf(DatabaseUnavailable)
  await expect(db.tenant('acme', (tx) => tenants.byId(tx, 'acme'))).rejects.toBeInstanceOf(DatabaseUnavailable)

  postgres = await start()
  await vi.waitFor(() => db.ping(), 5_000)
  expect(await read()).toEqual({})
  await vi.waitFor(() => expect(heard).toEqual([{ kind: 'resync' }]), 10_000)
  await db.platform((tx) => notify(tx, { kind: 'gateway', gatewayId: 'gateway-1' }))
  await vi.waitFor(() => expect(heard.at(-1)).toEqual({ kind: 'gateway', gatewayId: 'gateway-1' }))
  await stop()
})

it.each([
  ['memory is left', '53200'],
  ['statement may take so long', '57014'],
  ['lock is free', '55P03'],
  ['transaction may do nothing for so long', '25P03'],
])('that no %s is said as that Postgres does not answer', async (_what, code) => {
  const refused = db.platform((tx) =>
    clientOf(tx).$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${code}'; END $$`),
  )
  await expect(refused).rejects.toBeInstanceOf(DatabaseUnavailable)
})

it('a process that computes for seconds does not say that Postgres does not answer', async () => {
  let begun = () => {}
  const begins = new Promise<void>((resolve) => {
    begun = resolve
  })
  const read = db.platform((tx) => {
    begun()
    return clientOf(tx).$executeRawUnsafe('SELECT pg_sleep(4)')
  })
  await begins
  // It reads what arrives, but only now and then: opening a connection takes five answers.
  const endsMs = performance.now() + 5_500
  while (performance.now() < endsMs) {
    const turnEndsMs = performance.now() + 800
    while (performance.now() < turnEndsMs);
    await setImmediate()
  }
  await expect(read).resolves.toBe(1)
})

it('that no connection is left is said as that Postgres does not answer', async () => {
  const owner = new pg.Client({ connectionString: postgres.ownerUrl })
  await owner.connect()
  const limit = (connections: number) => owner.query(`ALTER ROLE tickwatch_worker CONNECTION LIMIT ${connections}`)
  await limit(0)
  const read = () => db.worker((tx) => tenants.platformDefaults(tx))
  await expect(read()).rejects.toBeInstanceOf(DatabaseUnavailable)
  await limit(-1)
  expect(await read()).toEqual({})
  await owner.end()
})

it('while Postgres hangs every transaction says so within seconds, and all works again when it goes on', async () => {
  const read = () => db.platform((tx) => tenants.platformDefaults(tx))
  expect(await read()).toEqual({})
  const frozen = Promise.withResolvers<void>()
  let begun = 0
  const goOnWhenFrozen = async (tx: Tx) => {
    begun += 1
    await frozen.promise
    await tenants.platformDefaults(tx)
  }
  const createLate = (tx: PlatformTx) => {
    const act = { by: { subject: 'pat', name: 'Pat' }, reason: 'new', at: new Date() }
    return tenants.create(tx, { id: 'late', name: 'Late Studios', plan: 'studio', envelope: {} }, act)
  }
  const asked: Promise<unknown>[] = [
    db.platform(async (tx) => {
      await createLate(tx)
      await goOnWhenFrozen(tx)
    }),
    db.tenant('acme', goOnWhenFrozen),
  ]
  await vi.waitFor(() => expect(begun).toBe(2), 10_000)
  const thaw = await freeze(postgres.pid)
  try {
    const askedMs = performance.now()
    frozen.resolve()
    asked.push(
      read(),
      db.tenant('acme', (tx) => tenants.byId(tx, 'acme')),
      read(),
    )
    for (const each of await Promise.allSettled(asked)) {
      expect(each).toMatchObject({ status: 'rejected', reason: expect.any(DatabaseUnavailable) })
    }
    expect(performance.now() - askedMs).toBeLessThan(answerWithinMs.page)
  } finally {
    thaw()
  }
  await vi.waitFor(async () => expect(await read()).toEqual({}), 5_000)
  // What was said to have failed was not done later.
  await db.platform(createLate)
})
