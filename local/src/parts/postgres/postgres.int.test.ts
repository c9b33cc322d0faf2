import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../../process/ports.ts'
import { startPostgres } from './postgres.ts'

let home = ''
let port = 0
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tickwatch-start-'))
  await chmod(home, 0o711)
  port = await freePort()
})
afterEach(() => rm(home, { recursive: true, force: true }))

const start = (durable = false) => startPostgres({ dir: join(home, 'data'), port, durable })

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A process that starts Postgres in the same folder, writes its process id to standard output, and keeps running. */
async function startInAnotherProcess() {
  const script = `import { startPostgres } from ${JSON.stringify(join(import.meta.dirname, 'postgres.ts'))}
    const { pid } = await startPostgres({ dir: ${JSON.stringify(join(home, 'data'))}, port: ${port} })
    console.log(pid)
    setInterval(() => {}, 1_000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data')
  const kill = async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return { postgresPid: Number(line), kill }
}

describe('the local Postgres', () => {
  it('is version 18, listens on the loopback only, and keeps its data after a stop', async () => {
    const first = await start(true)
    await query(first.ownerUrl, 'CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)')
    const [settings] = await query(
      first.adminUrl,
      `SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('listen_addresses') AS listens,
       current_setting('unix_socket_directories') AS sockets, current_setting('fsync') AS fsync`,
    )
    expect(settings).toEqual({ version: 18, listens: '127.0.0.1', sockets: '', fsync: 'on' })
    await first.stop()
    expect(isRunning(first.pid)).toBe(false)
    const second = await start()
    expect(await query(second.ownerUrl, 'SELECT id FROM kept')).toEqual([{ id: 7 }])
    await second.stop()
    await second.ended
  })

  it('rejects a wrong password', async () => {
    const postgres = await start()
    const wrong = new URL(postgres.adminUrl)
    wrong.password = 'wrong'
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed')
    await postgres.stop()
  })

  it('names a taken port and the variable to set', async () => {
    const other = createServer().listen(port, '127.0.0.1')
    await once(other, 'listening')
    await expect(start()).rejects.toThrow(
      `port ${port} is taken: stop what listens there, or set TICKWATCH_PORT_OFFSET`,
    )
    other.close()
  })

  it('stops a Postgres that a killed process left running, and continues with its data', async () => {
    const left = await startInAnotherProcess()
    await left.kill()
    expect(isRunning(left.postgresPid)).toBe(true)
    const postgres = await start()
    expect(await query(postgres.ownerUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await postgres.stop()
  })

  it('starts after it was killed', async () => {
    const left = await startInAnotherProcess()
    const url = `postgres://tickwatch_owner:tickwatch-owner@127.0.0.1:${port}/tickwatch`
    await query(url, 'CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)')
    process.kill(left.postgresPid, 'SIGKILL')
    await left.kill()
    const postgres = await start()
    expect(await query(postgres.ownerUrl, 'SELECT id FROM kept')).toEqual([{ id: 7 }])
    await postgres.stop()
  })

  it('starts below a folder that only its owner may enter', async () => {
    await chmod(home, 0o700)
    const postgres = await start()
    await postgres.stop()
    const again = await start()
    await again.stop()
  })
})
