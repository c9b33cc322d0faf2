import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Postgres, startPostgres } from '../../../local/src/parts/postgres/postgres.ts'
import { freePort } from '../../../local/src/process/ports.ts'
import { append } from './audit.repository.ts'
import { openDatabase } from './database.ts'
import * as tenants from './tenant.repository.ts'
import { auditEvent, createTenant } from './test/fixtures.ts'

const run = promisify(execFile)
let dir: string
let postgres: Postgres

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-migrate-'))
  // The user that runs Postgres must be able to reach its data folder.
  await chmod(dir, 0o711)
  postgres = await startPostgres({ dir: join(dir, 'data'), port: await freePort(), durable: false })
})
afterAll(async () => {
  await postgres.stop()
  await rm(dir, { recursive: true })
})

/** The role's URL, with a password that a URL must escape. */
function as(role: 'tenant' | 'platform' | 'worker'): string {
  const url = new URL(postgres.ownerUrl)
  url.username = `tickwatch_${role}`
  url.password = `of ${role}/?#`
  return url.href
}
const urls = () => ({ tenant: as('tenant'), platform: as('platform'), worker: as('worker') })

const migrate = (env: Record<string, string>) =>
  run(process.execPath, [join(import.meta.dirname, 'cli.ts'), 'migrate'], { env: { PATH: process.env.PATH, ...env } })
const environment = () => ({
  DATABASE_URL_OWNER: postgres.ownerUrl,
  DATABASE_URL_TENANT: as('tenant'),
  DATABASE_URL_PLATFORM: as('platform'),
  DATABASE_URL_WORKER: as('worker'),
})

/** A database like another Postgres has: its owner has another name and is not a superuser. */
async function renameOwner(name: string): Promise<string> {
  const admin = new pg.Client({ connectionString: postgres.adminUrl })
  await admin.connect()
  await admin.query(`ALTER ROLE tickwatch_owner RENAME TO ${name}`)
  await admin.end()
  const url = new URL(postgres.ownerUrl)
  url.username = name
  return url.href
}

it('a new database gets its schema, whatever the name of its owner, and its roles get the passwords of their URLs', async () => {
  const env = { ...environment(), DATABASE_URL_OWNER: await renameOwner('studio_dba') }
  expect((await migrate(env)).stdout).toMatch(/^applied \d+_tables, .*\d+_rights/)
  expect((await migrate(env)).stdout).toBe('the schema is up to date\n')
  const db = openDatabase(urls())
  try {
    await createTenant(db, 'acme')
    expect(await db.platform((tx) => tenants.byId(tx, 'acme'))).toMatchObject({ id: 'acme' })
    expect(await db.worker(async () => 'signed in')).toBe('signed in')
    expect(await db.tenant('acme', async () => 'signed in')).toBe('signed in')
    // A function with the owner's rights writes it, despite forced row-level security.
    await db.tenant('acme', (tx) => append(tx, auditEvent({ tenantId: 'acme' })))
  } finally {
    await db.close()
  }
})

it('all variables that are missing in the environment are named at once', async () => {
  const { DATABASE_URL_OWNER: _, ...rest } = environment()
  const fault = await migrate({ ...rest, DATABASE_URL_WORKER: 'postgres://nobody@localhost/x' }).catch(
    (error: { code: number; stderr: string }) => error,
  )
  expect(fault).toMatchObject({ code: 1 })
  expect(fault.stderr).toContain('DATABASE_URL_OWNER: is not set')
  expect(fault.stderr).toContain('DATABASE_URL_WORKER: has no password')
})
