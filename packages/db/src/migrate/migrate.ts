import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { builtInDefinitions } from '@tickwatch/slo'
import pg from 'pg'
import { jobTasks } from '../jobTasks.ts'
import { saveBuiltInSlos } from './builtInSlos.ts'
import { registerJobTasks } from './jobTasks.ts'
import { ensureRoles, type RolePasswords } from './roles.ts'
import { ensureWorkerSchema } from './workerSchema.ts'

export const migrationsFolder = join(import.meta.dirname, '../../prisma/migrations')

// Any number but 72707369, which Prisma's own engine locks.
const advisoryLock = 4_207_700_001
const auditMonthsAhead = 3

/** Why the database can't be migrated. The migration that it names changed nothing. */
export class MigrationError extends Error {
  override name = 'MigrationError'
}

type Migration = { name: string; sql: string; checksum: string }
type Applied = { migration_name: string; checksum: string; finished_at: Date | null; rolled_back_at: Date | null }

/**
 * Brings a database to the newest schema: the roles, the migrations that it lacks (each in one transaction, one
 * migrator at a time), graphile-worker's schema, the tasks that may be enqueued, the audit log's next partitions, and the
 * built-in SLOs. A second run changes nothing. `_prisma_migrations` is as Prisma writes it, so that Prisma's tools work.
 * @param ownerUrl the URL of the role that owns the database and may create roles.
 * @returns the names of the migrations that were applied.
 * @throws MigrationError for a migration that was edited after it was applied, that failed, or that isn't known here.
 */
export async function migrate(
  ownerUrl: string,
  passwords: RolePasswords,
  folder: string = migrationsFolder,
): Promise<string[]> {
  const owner = new pg.Client({
    connectionString: ownerUrl,
    application_name: 'tickwatch-migrate',
    options: '-c TimeZone=UTC -c lock_timeout=60000',
  })
  await owner.connect()
  try {
    // The session holds the lock, so the lock ends with the connection, however this process ends.
    await owner.query('SELECT pg_advisory_lock($1)', [advisoryLock])
    // If a migration can't get its locks soon, it must fail, or every request would queue behind it.
    await owner.query(`SET lock_timeout = '5s'`)
    await ensureRoles(owner, passwords)
    const applied = await applyMigrations(owner, await readMigrations(folder))
    await ensureWorkerSchema(owner, ownerUrl)
    await registerJobTasks(owner, jobTasks)
    await owner.query('SELECT public.ensure_audit_partitions($1)', [auditMonthsAhead])
    await saveBuiltInSlos(owner, builtInDefinitions)
    return applied
  } finally {
    await owner.end()
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function applyMigrations(owner: pg.Client, migrations: Migration[]): Promise<string[]> {
  await owner.query(`
    CREATE TABLE IF NOT EXISTS public._prisma_migrations (
      id varchar(36) PRIMARY KEY NOT NULL,
      checksum varchar(64) NOT NULL,
      finished_at timestamptz,
      migration_name varchar(255) NOT NULL,
      logs text,
      rolled_back_at timestamptz,
      started_at timestamptz NOT NULL DEFAULT now(),
      applied_steps_count integer NOT NULL DEFAULT 0
    )`)
  const { rows } = await owner.query<Applied>(
    'SELECT migration_name, checksum, finished_at, rolled_back_at FROM public._prisma_migrations ORDER BY started_at',
  )
  const known = new Map(rows.filter((row) => !row.rolled_back_at).map((row) => [row.migration_name, row]))
  checkApplied(migrations, known)
  const missing = migrations.filter(({ name }) => !known.has(name))
  for (const migration of missing) await apply(owner, migration)
  return missing.map(({ name }) => name)
}

/** @throws MigrationError if an applied migration is unknown here, failed, or was edited. */
function checkApplied(migrations: Migration[], known: Map<string, Applied>): void {
  const byName = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const [name, { checksum, finished_at }] of known) {
    const migration = byName.get(name)
    if (!migration) {
      throw new MigrationError(
        `the database has the migration ${name}, which this version does not know: run a newer version`,
      )
    }
    if (!finished_at) {
      throw new MigrationError(
        `the migration ${name} failed earlier: fix the database, then mark its row in _prisma_migrations as rolled back`,
      )
    }
    if (migration.checksum !== checksum) {
      throw new MigrationError(`the migration ${name} was edited after it was applied: restore it and write a new one`)
    }
  }
}

async function apply(owner: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await owner.query('BEGIN')
  try {
    await owner.query(sql)
    await owner.query(
      `INSERT INTO public._prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    )
    await owner.query('COMMIT')
  } catch (cause) {
    await owner.query('ROLLBACK')
    throw new MigrationError(`the migration ${name} failed and was rolled back: ${describe(cause)}`, { cause })
  }
}

const describe = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause))
