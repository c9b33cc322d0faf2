import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '@tickwatch/db'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { type Postgres, startPostgres } from '../parts/postgres/postgres.ts'
import { freePort } from '../process/ports.ts'
import { doNotReap, reapWithUs } from '../process/reaper.ts'
import type { TestDatabaseUrls } from './testing.ts'

const passwords = { tenant: 'tenant', platform: 'platform', worker: 'worker' }

/** Creates databases for the test files of one run. Postgres starts at the first request, and ends with the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'tickwatch-postgres-'))
  // Postgres may run as another user, which must reach its data in this folder.
  await chmod(dir, 0o711)
  removeWithUs(dir)
  let cluster: Promise<Postgres> | null = null
  // A template can be copied only while nobody uses it, so make one copy after the other.
  let previous: Promise<unknown> = Promise.resolve()

  const server = createServer((request, response) => {
    const answer = previous.then(async () => {
      cluster ??= startTemplate(dir)
      return serve(await cluster, request)
    })
    previous = answer.catch(() => {})
    answer.then(
      (body) => send(response, 200, body),
      (error: unknown) => send(response, 500, { message: error instanceof Error ? error.message : String(error) }),
    )
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  project.provide('testDatabases', `http://127.0.0.1:${port}`)

  const teardown = async () => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
    await cluster?.then(
      (postgres) => postgres.stop(),
      () => {},
    )
    await rm(dir, { recursive: true, force: true })
  }
  return teardown
}

/**
 * Removes the folder when this process has ended in any way, because an aborted run calls no teardown. It tries for
 * some seconds, because processes that are still ending may write to the folder.
 */
function removeWithUs(dir: string): void {
  const script = 'cat; for i in $(seq 50); do [ -e "$1" ] || exit; rm -rf "$1"; sleep 0.1; done'
  const remover = spawn('/bin/sh', ['-c', script, 'sh', dir], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  remover.unref()
  // An open pipe would keep this process alive. Its type is Writable, but it is a socket.
  if (remover.stdin && 'unref' in remover.stdin && typeof remover.stdin.unref === 'function') remover.stdin.unref()
}

async function startTemplate(dir: string): Promise<Postgres> {
  const postgres = await startPostgres({ dir: join(dir, 'data'), port: await freePort(), durable: false })
  reapWithUs(postgres.pid)
  putFirst(postgres.pid)
  void postgres.ended.then(() => doNotReap(postgres.pid))
  try {
    await migrate(postgres.ownerUrl, passwords)
  } catch (error) {
    await postgres.stop()
    throw error
  }
  return postgres
}

/** Lets a process have the processor before the tests, if we may: if Postgres waits for them, it seems not to answer. */
function putFirst(pid: number): void {
  try {
    setPriority(pid, -10)
    // If Linux groups processes by session (`man 7 sched`, "The autogroup feature"), the line above counts only within its own.
    writeFileSync(`/proc/${pid}/autogroup`, '-10')
  } catch {
    // Only root may, and only Linux has groups.
  }
}

async function serve(postgres: Postgres, request: IncomingMessage): Promise<TestDatabaseUrls | null> {
  const admin = new pg.Client({ connectionString: withDatabase(postgres.adminUrl, 'postgres') })
  await admin.connect()
  try {
    if (request.method === 'DELETE') {
      const name = admin.escapeIdentifier(request.url?.slice(1) ?? '')
      // Postgres waits 5 s for connections that are closing. With FORCE their clients would see a fault. A connection
      // that is still there after that was left open by the test.
      await admin.query(`DROP DATABASE IF EXISTS ${name}`)
      return null
    }
    const name = `test_${randomUUID().replaceAll('-', '')}`
    await admin.query(`CREATE DATABASE ${name} OWNER tickwatch_owner TEMPLATE tickwatch STRATEGY FILE_COPY`)
    // A copy does not have the template's rights on the database itself.
    await admin.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`)
    await admin.query(`GRANT CONNECT ON DATABASE ${name} TO tickwatch_tenant, tickwatch_platform, tickwatch_worker`)
    const url = (role: keyof typeof passwords) => {
      const at = new URL(withDatabase(postgres.ownerUrl, name))
      at.username = `tickwatch_${role}`
      at.password = passwords[role]
      return at.href
    }
    return {
      name,
      owner: withDatabase(postgres.ownerUrl, name),
      admin: withDatabase(postgres.adminUrl, name),
      tenant: url('tenant'),
      platform: url('platform'),
      worker: url('worker'),
    }
  } finally {
    await admin.end()
  }
}

function withDatabase(url: string, name: string): string {
  const at = new URL(url)
  at.pathname = `/${name}`
  return at.href
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
