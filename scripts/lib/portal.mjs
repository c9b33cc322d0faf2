import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { node } from './packages.mjs'
import { root, run, step } from './steps.mjs'

const portal = join(root, 'apps', 'web')
/** What the portal is built from: itself, and the rooms it may import. */
const sources = ['apps/web', 'apps/api/src', 'packages/policy/src']
const notSource = /^(node_modules|\.turbo|\.next(-\d+)?|next-env\.d\.ts)$/

function* filesBelow(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    if (notSource.test(entry.name) || /\.test\.tsx?$/.test(entry.name)) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else if (!entry.name.endsWith('.tsbuildinfo')) yield path
  }
}

function sourceHash() {
  const hash = createHash('sha256')
  for (const folder of sources)
    for (const file of filesBelow(join(root, folder)))
      hash.update(`${file.slice(root.length)}\0`).update(readFileSync(file))
  return hash.update(readFileSync(join(root, 'package-lock.json'))).digest('hex')
}

/** Builds the portal when its sources changed since the last build. */
export async function ensurePortal() {
  if (!existsSync(join(portal, 'src'))) return
  const stamp = join(portal, '.next', 'tickwatch-sources')
  const hash = sourceHash()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  await step('portal (next build)', () =>
    run(node, [join(root, 'node_modules', 'next', 'dist', 'bin', 'next'), 'build'], {
      cwd: portal,
      env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    }),
  )
  writeFileSync(stamp, hash)
}
