import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, SetupFault } from '../steps.mjs'
import { debianPackages } from './debian.mjs'
import { once } from './once.mjs'
import { onPath } from './onPath.mjs'

/** The release whose packages the provisioners of the images know. */
const release = 'bookworm'
/** What an instance of Amazon Linux has before a build, as far as the provisioners change it. */
const packages = ['systemd', 'systemd-sysv', 'dbus', 'udev', 'ca-certificates', 'openssh-server']
const remedy = 'It needs Debian 12 with its own repository in the sources of apt.'

/** @throws {SetupFault} if this machine can't run the provisioners of images. */
export function checkDebianRoot() {
  if (process.getuid?.() !== 0)
    throw new SetupFault('The tests of images mount and boot root filesystems: run them as root.')
  for (const program of ['apt-get', 'unshare', 'nsenter', 'setpriv', 'ip', 'openssl']) {
    if (!onPath(program)) throw new SetupFault(`This machine has no ${program}.\n${remedy}`)
  }
  if (!readFileSync('/etc/os-release', 'utf8').includes(`VERSION_CODENAME=${release}\n`)) {
    throw new SetupFault(`This machine is not Debian 12.\n${remedy}`)
  }
}

/** A root filesystem with Debian 12, made with debootstrap from the repository that apt uses. */
export async function ensureDebianRoot() {
  const tool = await debianPackages('debootstrap', ['debootstrap'], remedy)
  const targets = await run('apt-get', ['indextargets', '--format', '$(CODENAME) $(REPO_URI)', 'Created-By: Packages'])
  const repository = targets
    .split('\n')
    .find((line) => line.startsWith(`${release} `))
    ?.split(' ')[1]
  if (!repository) throw new SetupFault(`apt knows no repository of ${release}.\n${remedy}`)
  await once('debian', packages.join(' '), 'Debian 12 (debootstrap)', (target) =>
    run(
      join(tool, 'usr/sbin/debootstrap'),
      ['--variant=minbase', `--include=${packages.join(',')}`, release, join(target, 'root'), repository],
      { env: { ...process.env, DEBOOTSTRAP_DIR: join(tool, 'usr/share/debootstrap') }, remedy },
    ),
  )
}
