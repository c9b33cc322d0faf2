import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What this runs on, such as `linux-x64`. */
export const ownPlatform = `${process.platform}-${process.arch}`

/**
 * The Node that runs this, as it is for a platform. Another platform's comes from its package of npm, in the same version. npm
 * checks it against the registry's hash.
 * @param platform such as `linux-arm64`
 * @throws Error if npm has no such package.
 */
export async function nodeBinary(platform: string): Promise<Buffer> {
  if (platform === ownPlatform) return readFile(process.execPath)
  const folder = await mkdtemp(join(tmpdir(), 'tickwatch-node-'))
  try {
    const name = `node-${platform}@${process.versions.node}`
    await run('npm', ['pack', name, '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: folder })
    const [archive = ''] = await readdir(folder)
    await run('tar', ['-xzf', join(folder, archive), '-C', folder, 'package/bin/node'])
    return await readFile(join(folder, 'package', 'bin', 'node'))
  } finally {
    await rm(folder, { recursive: true })
  }
}
