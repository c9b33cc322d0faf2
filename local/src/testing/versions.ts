import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../process/tools.ts'

/** What the API and the gateway are made of: the name they import a room by, and its folder. */
const rooms = {
  policy: 'packages/policy',
  'remote-write': 'packages/remote-write',
  promql: 'packages/promql',
  db: 'packages/db',
  aws: 'packages/aws',
  api: 'apps/api',
  gateway: 'apps/gateway',
}

/** Text of a file in the repository, and what stands there in the other version. */
export type Change = { file: string; from: string | RegExp; to: string }

/**
 * Copies the servers' source with these changes into a folder of its own, in which Node runs them as they are: they import
 * each other's copies, and packages from the repository's node_modules above them.
 * @returns the folder, which stands for the repository's root.
 * @throws Error when there is nothing to change in a file: it was written anew, and so must the change be.
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
