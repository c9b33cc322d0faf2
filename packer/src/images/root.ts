import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { cp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export const roles = ['base', 'gateway', 'edge', 'bastion'] as const
export type Role = (typeof roles)[number]

const packer = join(import.meta.dirname, '..', '..')
const cache = join(packer, '..', '.cache')
/** Made by scripts/lib/tools/debianRoot.mjs. */
const debian = join(cache, 'tools', 'debian', 'root')
const run = promisify(execFile)

/** What a command in a root printed, both streams, and its exit code. */
export type Ended = { code: number; output: string }

type Tar = { file: string; sha256: string }
/** What Packer gives a build: the artifact, the programs of others, and the keys that may sign policy (PEM). */
export type Input = { gateway: Tar; programs: Tar; policyKeys: string }

export const imageVersion = '0123456789abcdef0123456789abcdef01234567'

/** As in Amazon Linux 2023. */
const fstab = `#
/dev/xvda1     /           xfs    defaults,noatime  1   1
/dev/xvda128        /boot/efi       vfat    defaults,noatime,uid=0,gid=0,umask=0077,shortname=winnt,x-systemd.automount 0 2
`

/** A new folder for roots, on the disk of the repository: they are large. Only the user may look into it. */
export function newWorkFolder(): string {
  mkdirSync(join(cache, 'images'), { recursive: true })
  return mkdtempSync(join(cache, 'images', 'run-'))
}

/** A root filesystem of a test. Only root can work with it. */
export class Root {
  readonly dir: string
  /** The volume that keeps the state: a file, with the size in bytes of a small disk. */
  readonly state: string
  /** The files that list its packages, as the last build left them for a scanner. */
  packageLists: readonly string[] = []

  private constructor(dir: string) {
    this.dir = dir
    this.state = `${dir}.state`
  }

  /** A Debian, as an instance has it before its build. */
  static async fresh(dir: string): Promise<Root> {
    const root = new Root(dir)
    await run('cp', ['--archive', '--reflink=auto', debian, dir])
    await writeFile(join(dir, 'etc/fstab'), fstab)
    await writeFile(root.state, '')
    await truncate(root.state, 512 * 2 ** 20)
    return root
  }

  /** A copy of this root and of its state. */
  async copy(dir: string): Promise<Root> {
    await run('cp', ['--archive', '--reflink=auto', this.dir, dir])
    await run('cp', ['--sparse=always', this.state, `${dir}.state`])
    return new Root(dir)
  }

  path(path: string): string {
    return join(this.dir, path)
  }

  text(path: string): Promise<string> {
    return readFile(this.path(path), 'utf8')
  }

  /** Runs a command in the root, with the network of this machine. */
  async run(command: string, ...args: string[]): Promise<Ended> {
    const words = [
      '--mount',
      '--propagation',
      'private',
      join(import.meta.dirname, 'enter.sh'),
      this.dir,
      command,
      ...args,
    ]
    try {
      const { stdout, stderr } = await run('unshare', words, { maxBuffer: 1e8 })
      return { code: 0, output: stdout + stderr }
    } catch (cause) {
      const { code, stdout = '', stderr = '' } = cause as { code?: unknown; stdout?: string; stderr?: string }
      return { code: typeof code === 'number' ? code : -1, output: stdout + stderr }
    }
  }

  /** Puts the files where Packer puts them, and runs what Packer runs. */
  async provision(role: Role, input: Input | null): Promise<Ended> {
    const to = this.path('tmp/tickwatch')
    await rm(to, { recursive: true, force: true })
    await mkdir(join(to, 'input'), { recursive: true })
    for (const folder of ['provisioners', 'rootfs'])
      await cp(join(packer, folder), join(to, folder), { recursive: true })
    if (input) {
      await cp(input.gateway.file, join(to, 'input/gateway.tar'))
      await cp(input.programs.file, join(to, 'input/programs.tar'))
      await writeFile(join(to, 'input/policy-keys.pem'), input.policyKeys)
    }
    // A file in place of the device: the tools of filesystems take both.
    await run('cp', ['--sparse=always', this.state, this.path('tmp/state.img')])
    const script = '/tmp/tickwatch/provisioners/provision.sh'
    const variables = [
      `IMAGE_VERSION=${imageVersion}`,
      'STATE_DEVICE=/tmp/state.img',
      `GATEWAY_SHA256=${input?.gateway.sha256 ?? ''}`,
      `PROGRAMS_SHA256=${input?.programs.sha256 ?? ''}`,
    ]
    let ended = await this.run('env', ...variables, 'bash', script, role, 'install')
    if (ended.code === 0) {
      const { stdout } = await run('tar', ['--list', '--file', join(to, 'output/packages.tar')])
      this.packageLists = stdout.trim().split('\n')
      const sealed = await this.run('bash', script, role, 'seal')
      ended = { code: sealed.code, output: ended.output + sealed.output }
    }
    await run('cp', ['--sparse=always', this.path('tmp/state.img'), this.state])
    for (const left of ['tmp/state.img', 'tmp/tickwatch']) await rm(this.path(left), { recursive: true, force: true })
    return ended
  }

  /** Each file, folder and link of the image, with its kind, mode, owner, target and content. */
  async listing(): Promise<string[]> {
    const mounted = ['proc', 'sys', 'dev', 'run', 'tmp'].flatMap((name) => ['-path', `./${name}`, '-o'])
    const find = ['.', '-xdev', '(', ...mounted.slice(0, -1), ')', '-prune', '-o']
    const options = { cwd: this.dir, maxBuffer: 1e8 }
    const { stdout: entries } = await run('find', [...find, '-printf', '%p %y %m %U:%G %l\\n'], options)
    const { stdout: sums } = await run('find', [...find, '-type', 'f', '-exec', 'sha256sum', '{}', '+'], options)
    return [...entries.split('\n'), ...sums.split('\n')].filter(Boolean).sort()
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true })
    await rm(this.state, { force: true })
  }
}
