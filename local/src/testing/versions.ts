import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../process/tools.ts'

/** The rooms that the API and the gateway consist of: the import name of each, and its folder. */
const rooms = {
  policy: 'packages/policy',
  'remote-write': 'packages/remote-write',
  promql: 'packages/promql',
  slo: 'packages/slo',
  rollout: 'packages/rollout',
  db: 'packages/db',
  aws: 'packages/aws',
  api: 'apps/api',
  gateway: 'apps/gateway',
}

/** A text in a file of the repository, and its replacement in the other version. */
export type Change = { file: string; from: string | RegExp; to: string }

/**
 * Copies the servers' source with these changes into its own folder, where Node can run it: the copies import each
 * other, and packages from the repository's node_modules above them.
 * @returns the folder, which replaces the repository's root.
 * @throws Error if a file does not have the text to change. Then the file was rewritten, and the change must be too.
 */
export function buildVersion(name: string, changes: readonly Change[]): string {
  const dir = join(root, '.cache', 'versions', name)
  rmSync(dir, { recursive: true, force: true })
  const links = join(dir, 'node_modules', '@tickwatch')
  mkdirSync(links, { recursive: true })
  for (const [room, folder] of Object.entries(rooms)) {
    for (const part of ['package.json', 'src']) {
      cpSync(join(root, folder, part), join(dir, folder, part), {
        recursive: true,
        filter: (path) => !path.endsWith('.test.ts'),
      })
    }
    symlinkSync(join(dir, folder), join(links, room))
    // npm installs a package there if another room needs another version of it.
    const own = join(root, folder, 'node_modules')
    if (existsSync(own)) symlinkSync(own, join(dir, folder, 'node_modules'))
  }
  for (const { file, from, to } of changes) {
    const path = join(dir, file)
    const before = readFileSync(path, 'utf8')
    const after = before.replace(from, to)
    if (after === before) throw new Error(`version ${name}: ${file} has no ${from}`)
    writeFileSync(path, after)
  }
  return dir
}
