import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readUrls } from './migrate/environment.ts'
import { migrate, migrationsFolder } from './migrate/migrate.ts'

const usage = `usage:
  npm run -w packages/db migrate      bring the database to the newest schema
  npm run -w packages/db new <name>   write a migration that makes the database match prisma/schema
Environment: DATABASE_URL_OWNER, and DATABASE_URL_TENANT, DATABASE_URL_PLATFORM, DATABASE_URL_WORKER for their passwords.`

async function migrateDatabase(): Promise<string> {
  const { owner, tenant, platform, worker } = readUrls(process.env)
  const password = (url: string) => decodeURIComponent(new URL(url).password)
  const applied = await migrate(owner, {
    tenant: password(tenant),
    platform: password(platform),
    worker: password(worker),
  })
  console.log(applied.length === 0 ? 'the schema is up to date' : `applied ${applied.join(', ')}`)
  return owner
}

async function writeMigration(name: string | undefined): Promise<void> {
  if (!name || !/^[a-z][a-z0-9_]{2,60}$/.test(name)) throw new Error(`a migration needs a name_like_this\n${usage}`)
  const owner = await migrateDatabase()
  const { schemaDifference } = await import('./migrate/schemaEngine.ts')
  const sql = await schemaDifference(owner)
  if (sql === null) {
    console.log('the database matches prisma/schema: nothing to write')
    return
  }
  const at = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const folder = join(migrationsFolder, `${at}_${name}`)
  await mkdir(folder)
  await writeFile(join(folder, 'migration.sql'), sql)
  console.log(
    `wrote ${folder}/migration.sql: add what Prisma can't express (rights, row-level security, checks), then migrate`,
  )
}

const [command, name] = process.argv.slice(2)
try {
  if (command === 'migrate') await migrateDatabase()
  else if (command === 'new') await writeMigration(name)
  else throw new Error(usage)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
