import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Ended, Root } from './root.ts'

const run = promisify(execFile)

/** A process of the test. */
export class Program {
  readonly process: ChildProcess
  #output = ''

  constructor(command: string, args: readonly string[]) {
    this.process = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (chunk) => {
        this.#output += chunk
      })
    }
  }

  /** Everything that the process printed so far. */
  get output(): string {
    return this.#output
  }

  async stop(): Promise<void> {
    await ended(this.process, 'SIGTERM')
  }
}

/** A process in a network namespace of its own, in which 169.254.169.254 is on this machine. */
export class Network extends Program {
  constructor(script: string, args: readonly string[]) {
    const setUp = 'ip link set lo up && ip address add 169.254.169.254/32 dev lo && exec "$@"'
    super('unshare', ['--net', 'bash', '-c', setUp, 'network', process.execPath, script, ...args])
  }

  /** Starts another process in this namespace. */
  start(script: string, args: readonly string[]): Program {
    return new Program('nsenter', [`--net=/proc/${this.process.pid}/ns/net`, process.execPath, script, ...args])
  }
}

const ended = (child: ChildProcess, signal: NodeJS.Signals) =>
  new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill(signal)
  })

/** An instance of an image: its root, booted by its own systemd, in a container that we make by hand. */
export class Instance {
  readonly #child: ChildProcess
  readonly #cgroup: string
  #init = 0
  #output = ''

  private constructor(root: Root, network: Network) {
    const mounts = readFileSync('/proc/mounts', 'utf8').split('\n')
    const unified = mounts.map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1]
    if (!unified) throw new Error('This machine has no cgroup2: systemd cannot be booted in a container.')
    this.#cgroup = join(unified, `tickwatch-image-${process.pid}-${Date.now()}`)
    mkdirSync(this.#cgroup)
    const boot = join(import.meta.dirname, 'boot.sh')
    const net = `--net=/proc/${network.process.pid}/ns/net`
    this.#child = spawn('nsenter', [net, 'bash', boot, root.dir, root.state, this.#cgroup], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk) => {
        this.#output += chunk
      })
    }
  }

  /** Boots the root. What is in the place of a device in AWS is changed in its fstab, and nothing else. */
  static async boot(root: Root, network: Network): Promise<Instance> {
    const fstab = await root.text('etc/fstab')
    const changed = fstab.replace(/^LABEL=tickwatch (\S+ xfs )/m, '/run/state.img $1loop,')
    await writeFile(root.path('etc/fstab'), changed)
    return new Instance(root, network)
  }

  /** Runs a command in the instance. */
  async run(command: string, ...args: string[]): Promise<Ended> {
    if (this.#init === 0) this.#init = await this.#findInit()
    const into = [
      '--target',
      `${this.#init}`,
      '--mount',
      '--pid',
      '--net',
      '--uts',
      '--ipc',
      '--cgroup',
      '--root',
      '--wd',
    ]
    try {
      const env = { PATH: '/usr/sbin:/usr/bin', SYSTEMD_COLORS: '0', SYSTEMD_PAGER: '' }
      const { stdout, stderr } = await run('nsenter', [...into, command, ...args], { env, maxBuffer: 1e8 })
      return { code: 0, output: stdout + stderr }
    } catch (cause) {
      const { code, stdout = '', stderr = '' } = cause as { code?: unknown; stdout?: string; stderr?: string }
      return { code: typeof code === 'number' ? code : -1, output: stdout + stderr }
    }
  }

  /** Properties of a unit, as `systemctl show` names them. */
  async unit(name: string, ...properties: string[]): Promise<Record<string, string>> {
    const { output } = await this.run('systemctl', 'show', name, ...properties.map((each) => `--property=${each}`))
    return Object.fromEntries(
      output
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )
  }

  /** The process that the kernel of a machine would start first. */
  async #findInit(): Promise<number> {
    if (this.#child.exitCode !== null) throw new Error(`The instance ended: ${this.#output}`)
    const children = await readFile(`/proc/${this.#child.pid}/task/${this.#child.pid}/children`, 'utf8')
    const init = Number(children.trim().split(' ')[0])
    if (!init || (await readFile(`/proc/${init}/comm`, 'utf8')) !== 'systemd\n')
      throw new Error('systemd has not started yet')
    return init
  }

  /** As a power failure: nothing is written before. */
  async powerOff(): Promise<void> {
    const gone = ended(this.#child, 'SIGKILL')
    // All processes of its namespace end with it.
    if (this.#init !== 0) process.kill(this.#init, 'SIGKILL')
    await gone
    await removeCgroup(this.#cgroup)
  }
}

/** Removes a cgroup and those below it, as soon as their last processes are gone. */
async function removeCgroup(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeCgroup(join(folder, entry.name))
  }
  for (;;) {
    try {
      return rmdirSync(folder)
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EBUSY') throw cause
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
