import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { node } from './packages.mjs'
import { sourceHash } from './sources.mjs'
import { root, run, step } from './steps.mjs'

const portal = join(root, 'apps', 'web')

/** Builds the portal if its sources, or those of the rooms it may import, changed since the last build. */
export async function ensurePortal() {
  if (!existsSync(join(portal, 'src'))) return
  const stamp = join(portal, '.next', 'tickwatch-sources')
  const hash = sourceHash(['apps/web', 'apps/api/src', 'packages/policy/src'])
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  await step('portal (next build)', () =>
    run(node, [join(root, 'node_modules', 'next', 'dist', 'bin', 'next'), 'build'], {
      cwd: portal,
      env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    }),
  )
  writeFileSync(stamp, hash)
}
