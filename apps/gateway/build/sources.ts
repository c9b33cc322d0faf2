import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { gatewayRooms } from '../../../scripts/lib/gateway.mjs'

/** The repository's root. */
export const root = join(import.meta.dirname, '..', '..', '..')

/**
 * The commit that is checked out. Null without git, or if the gateway's sources are not those of the commit.
 * @param others folders whose files count too
 */
export function commitOfSources(...others: string[]): string | null {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim()
  try {
    const changed = git('status', '--porcelain', '--', ...gatewayRooms, ...others, 'package.json', 'package-lock.json')
    return changed === '' ? git('rev-parse', 'HEAD') : null
  } catch {
    return null
  }
}
