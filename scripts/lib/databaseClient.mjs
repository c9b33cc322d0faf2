import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sourceHash } from './sources.mjs'
import { root, run, step } from './steps.mjs'

const room = join(root, 'packages', 'db')

/** Generates the Prisma client if the schema changed since the last time. It is not in git: the schema is its source. */
export async function ensureDatabaseClient() {
  if (!existsSync(join(room, 'prisma'))) return
  const generated = join(room, 'src', 'generated')
  const stamp = join(generated, '.schema')
  const hash = sourceHash(['packages/db/prisma/schema'])
  const isThere = existsSync(stamp) && existsSync(join(generated, 'client.ts'))
  if (isThere && readFileSync(stamp, 'utf8') === hash) return
  await step('database client (prisma generate)', () => run('npm', ['run', '--silent', 'generate'], { cwd: room }))
  writeFileSync(stamp, hash)
}
