import { createHash } from 'node:crypto'
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Logger, run } from 'graphile-worker'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useTestDatabase } from '../../../../local/src/testing/testing.ts'
import { openDatabase } from '../database.ts'
import { enqueue } from '../job.repository.ts'
import { jobTasks } from '../jobTasks.ts'
import { MigrationError, migrate, migrationsFolder } from './migrate.ts'

const urls = useTestDatabase()
const passwords = { tenant: 'tenant', platform: 'platform', worker: 'worker' }
const silent = new Logger(() => () => {})
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickwatch-migrations-'))
  await cp(migrationsFolder, folder, { recursive: true })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: urls.admin })
  await client.connect()
  try {
    return (await client.query<Row>(sql, values)).rows
  } finally {
    await client.end()
  }
}
async function add(name: string, sql: string) {
  await mkdir(join(folder, name))
  await writeFile(join(folder, name, 'migration.sql'), sql)
}
const exists = async (table: string) =>
  (await query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [table]))[0]?.found

describe('migrating', () => {
  it('a database that is up to date changes nothing', async () => {
    expect(await migrate(urls.owner, passwords)).toEqual([])
  })

  it('keeps its records like Prisma: the name, and the SHA-256 of the file', async () => {
    const rows = await query<{ migration_name: string; checksum: string }>(
      `SELECT migration_name, checksum FROM _prisma_migrations
       WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL AND applied_steps_count = 1 ORDER BY migration_name`,
    )
    const names = (await readdir(migrationsFolder)).filter((name) => name !== 'migration_lock.toml').sort()
    expect(rows.map((row) => row.migration_name)).toEqual(names)
    for (const { migration_name, checksum } of rows) {
      const file = await readFile(join(migrationsFolder, migration_name, 'migration.sql'))
      expect(checksum).toBe(createHash('sha256').update(file).digest('hex'))
    }
  })

  it('applies a new migration once, even if many start at the same time', async () => {
    await add('29990101000000_once', 'CREATE TABLE once (id int); SELECT pg_sleep(0.05);')
    const applied = await Promise.all(Array.from({ length: 4 }, () => migrate(urls.owner, passwords, folder)))
    expect(applied.flat()).toEqual(['29990101000000_once'])
    await query(`DROP TABLE once; DELETE FROM _prisma_migrations WHERE migration_name LIKE '2999%'`)
  })

  it('rejects a migration that was edited after it was applied, and changes nothing', async () => {
    await appendFile(join(folder, '20261123000200_audit', 'migration.sql'), '\n-- edited\n')
    await add('29990101000000_next', 'CREATE TABLE next_one (id int)')
    const migrating = migrate(urls.owner, passwords, folder)
    await expect(migrating).rejects.toThrow('the migration 20261123000200_audit was edited after it was applied')
    await expect(migrating).rejects.toBeInstanceOf(MigrationError)
    expect(await exists('next_one')).toBe(false)
  })

  it('rolls a migration back that fails, and says which one and why', async () => {
    await add('29990101000000_good', 'CREATE TABLE good (id int)')
    await add('29990101000001_bad', 'CREATE TABLE bad (id int); SELECT 1 / 0;')
    await expect(migrate(urls.owner, passwords, folder)).rejects.toThrow(
      'the migration 29990101000001_bad failed and was rolled back: division by zero',
    )
    expect([await exists('good'), await exists('bad')]).toEqual([true, false])
    // When it is fixed, migrate continues with it.
    await writeFile(join(folder, '29990101000001_bad', 'migration.sql'), 'CREATE TABLE bad (id int)')
    expect(await migrate(urls.owner, passwords, folder)).toEqual(['29990101000001_bad'])
    await query(`DROP TABLE good, bad; DELETE FROM _prisma_migrations WHERE migration_name LIKE '2999%'`)
  })

  it('rejects a database that a newer version migrated, or in which a migration of Prisma failed', async () => {
    const record = (finished: string) =>
      query(`INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
        VALUES ('x', 'x', '29990101000000_alien', ${finished})`)
    await record('now()')
    await expect(migrate(urls.owner, passwords)).rejects.toThrow(
      '29990101000000_alien, which this version does not know',
    )
    await query(`DELETE FROM _prisma_migrations WHERE id = 'x'`)
    await add('29990101000000_alien', 'SELECT 1')
    await record('NULL')
    await expect(migrate(urls.owner, passwords, folder)).rejects.toThrow('29990101000000_alien failed earlier')
    await query(`DELETE FROM _prisma_migrations WHERE id = 'x'`)
  })

  it('gives up if a table that it must lock stays in use, so that requests do not queue behind it', async () => {
    await add('29990101000000_locks', 'ALTER TABLE tenant ADD COLUMN stuck int')
    await appendFile(join(folder, '29990101000000_locks', 'migration.sql'), ';')
    const reader = new pg.Client({ connectionString: urls.owner })
    await reader.connect()
    await reader.query('BEGIN; SELECT FROM tenant')
    await expect(migrate(urls.owner, passwords, folder)).rejects.toThrow('lock timeout')
    await reader.end()
  })

  it("sets the roles' passwords again", async () => {
    await migrate(urls.owner, { ...passwords, tenant: "new 'pass\\word" })
    const url = new URL(urls.tenant)
    url.password = encodeURIComponent("new 'pass\\word")
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    await client.end()
    await migrate(urls.owner, passwords)
  })
})

describe('the tasks that may be enqueued', () => {
  const registered = () => query<{ task: string; roles: string[] }>('SELECT task, roles FROM job_task ORDER BY task')

  it('are those of this version: a new one needs no migration, and a removed one disappears', async () => {
    const before = await registered()
    expect(before.map(({ task }) => task)).toEqual(Object.keys(jobTasks).sort())
    await query(`DELETE FROM job_task WHERE task = 'publish'; UPDATE job_task SET roles = '{}' WHERE task = 'promote';
      INSERT INTO job_task VALUES ('reconcile', '{tickwatch_tenant}')`)
    expect(await migrate(urls.owner, passwords)).toEqual([])
    expect(await registered()).toEqual(before)
  })
})

describe('the worker role', () => {
  it('leaves a job of a task that it does not know to a newer version', async () => {
    const db = openDatabase(urls)
    const waiting = () =>
      query<{ task: string; attempts: number }>('SELECT task_identifier AS task, attempts FROM graphile_worker.jobs')
    const runner = await run({
      ...{ connectionString: urls.worker, noHandleSignals: true, pollInterval: 100, logger: silent },
      taskList: { promote: async () => {} },
    })
    try {
      await db.worker(async (tx) => {
        await enqueue(tx, { task: 'checkpointAudit', payload: {} })
        await enqueue(tx, { task: 'promote', payload: {} })
      })
      await vi.waitFor(async () => expect(await waiting()).toEqual([{ task: 'checkpointAudit', attempts: 0 }]), 10_000)
    } finally {
      await db.close()
      await runner.stop()
      await query('DELETE FROM graphile_worker._private_jobs')
    }
  })

  it('runs the jobs that requests enqueue', async () => {
    const ran: unknown[] = []
    const runner = await run({
      connectionString: urls.worker,
      noHandleSignals: true,
      pollInterval: 100,
      logger: silent,
      crontab: '0 4 * * * ensureAuditPartitions',
      taskList: {
        publish: async (payload) => void ran.push(payload),
        ensureAuditPartitions: async () => {},
      },
    })
    const db = openDatabase(urls)
    try {
      await db.tenant('acme', (tx) => enqueue(tx, { task: 'publish', payload: { tenantId: 'acme' } }))
      await vi.waitFor(() => expect(ran).toEqual([{ tenantId: 'acme' }]), 10_000)
    } finally {
      await db.close()
      await runner.stop()
    }
  })
})
