import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { run, SetupFault } from '../steps.mjs'
import { once } from './once.mjs'
import { onPath } from './onPath.mjs'

/**
 * Unpacks Debian packages below .cache with an apt state of their own: no root, and no service that starts by itself.
 * @returns the folder that has their files, as `/` would.
 */
export async function debianPackages(name, packages, remedy) {
  const folder = await once(name, packages.join(' '), `${packages.join(', ')} (Debian packages)`, async (target) => {
    if (!onPath('apt-get') || !onPath('dpkg')) throw new SetupFault(`This machine has no apt-get.\n${remedy}`)
    const download = join(target, 'download')
    for (const part of ['state/lists/partial', 'cache/archives/partial'])
      mkdirSync(join(download, part), { recursive: true })
    const privately = [
      ...['-o', `Dir::State=${join(download, 'state')}`, '-o', 'Dir::State::status=/var/lib/dpkg/status'],
      ...['-o', `Dir::Cache=${join(download, 'cache')}`, '-o', 'Debug::NoLocking=1', '-o', 'APT::Sandbox::User='],
    ]
    await run('apt-get', [...privately, 'update', '-qq'], { remedy })
    await run('apt-get', [...privately, 'download', '-qq', ...packages], { cwd: download, remedy })
    for (const file of readdirSync(download).filter((each) => each.endsWith('.deb')))
      await run('dpkg', ['-x', join(download, file), join(target, 'root')])
    rmSync(download, { recursive: true, force: true })
  })
  return join(folder, 'root')
}
