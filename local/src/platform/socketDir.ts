import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Some systems allow at most 104 bytes in the path of a Unix socket. */
const socketPathBytesMax = 100
/** The longest name in the folder. */
const longestName = `i-${'0'.repeat(17)}.sock`

/** A folder that only this user may open, because a gateway believes the identity in every request on its socket. */
export function socketDir(stateDir: string): string {
  const near = join(stateDir, 'run')
  const far = join(tmpdir(), `tickwatch-${createHash('sha256').update(stateDir).digest('hex').slice(0, 12)}`)
  const dir = Buffer.byteLength(join(near, longestName)) <= socketPathBytesMax ? near : far
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  chmodSync(dir, 0o700)
  return dir
}
