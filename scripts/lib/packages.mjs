import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, run, step } from './steps.mjs'

/** The project's own Node, which may be newer than the system's. */
export const node = join(root, 'node_modules', '.bin', 'node')

/** Compares what npm installed last with the lockfile, so that `npm install` by hand counts too. */
function upToDate() {
  const installed = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installed) || !existsSync(node)) return false
  const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages
  const have = packagesOf(installed)
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(
    // A platform's optional packages are in the lockfile for all platforms.
    ([path, entry]) => path === '' || entry.optional || have[path]?.version === entry.version,
  )
}

export async function ensurePackages() {
  if (upToDate()) return
  await step('npm packages', () =>
    run('npm', ['ci', '--prefer-offline', '--no-fund', '--no-audit', '--loglevel=error'], {
      remedy: 'If the network failed, run it again. If not, delete node_modules and run: npm ci',
    }),
  )
}
