// `npm run bench -- <name>` runs bench/<name>.ts; its last line is one JSON object.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './lib/steps.mjs'

const benches = join(root, 'bench')
const names = readdirSync(benches).flatMap((file) => /^(.+)\.ts$/.exec(file)?.[1] ?? [])
const name = process.argv[2]
if (!names.includes(name)) {
  console.error(`Usage: npm run bench -- <${names.join('|')}>`)
  process.exit(2)
}
// The bench sees its own arguments only.
process.argv.splice(1, 2, join(benches, `${name}.ts`))
await import(join(benches, `${name}.ts`))
