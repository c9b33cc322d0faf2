import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { processIdentity } from './identity.ts'
import { freePort, takenPorts } from './ports.ts'
import { startProcess } from './processes.ts'
import { until } from './until.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-processes-'))
})
afterAll(() => rm(dir, { recursive: true }))

const text = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '')

const sh = (script: string, more: Partial<Parameters<typeof startProcess>[0]> = {}) =>
  startProcess({
    name: 'sh',
    command: '/bin/sh',
    args: ['-c', script],
    logFile: join(dir, 'sh.log'),
    ready: async () => true,
    ...more,
  })

it('the fault of a part that ends before it serves has the end of its log', async () => {
  const start = sh('echo "port 4000 is taken" >&2; exit 3', { ready: async () => false })
  await expect(start).rejects.toThrow(/sh: ended with code 3\n(.*\n)*port 4000 is taken/)
})

it('a part that never serves is ended', async () => {
  const pidFile = join(dir, 'pid')
  const start = sh(`echo $$ > ${pidFile}; sleep 60`, { ready: async () => false, readyWithinSeconds: 0.5 })
  await expect(start).rejects.toThrow('timed out after 0.5 s')
  expect(processIdentity(Number(await text(pidFile)))).toBeNull()
})

it('a part that does not serve yet is ended if its start is aborted', async () => {
  const pidFile = join(dir, 'aborted')
  const aborted = new AbortController()
  const ready = async () => {
    if ((await text(pidFile)) !== '') aborted.abort(new Error('not needed any more'))
    return false
  }
  const start = sh(`echo $$ > ${pidFile}; sleep 60`, { ready, signal: aborted.signal })
  await expect(start).rejects.toThrow('sh: ')
  expect(processIdentity(Number(await text(pidFile)))).toBeNull()
})

it('a part that ignores SIGTERM is killed after its grace period, with all processes that it started', async () => {
  const pidFile = join(dir, 'grandchild')
  const part = await sh(`trap '' TERM; sleep 60 & echo $! > ${pidFile}; while :; do sleep 1; done`, {
    graceSeconds: 0.3,
    ready: async () => (await text(pidFile)) !== '',
  })
  await part.stop()
  expect(await part.ended).toBe('was ended by SIGKILL')
  await until('the grandchild gone', async () => processIdentity(Number(await text(pidFile))) === null)
})

it('no process outlives a parent that is killed', async () => {
  const parentScript = join(dir, 'parent.ts')
  await writeFile(
    parentScript,
    `import { startProcess } from ${JSON.stringify(join(import.meta.dirname, 'processes.ts'))}
     const part = await startProcess({ name: 'sleep', command: 'sleep', args: ['60'], logFile: ${JSON.stringify(join(dir, 'sleep.log'))}, ready: async () => true })
     process.send?.(part.pid)`,
  )
  const parent = fork(parentScript)
  const [pid] = (await once(parent, 'message')) as [number]
  expect(processIdentity(pid)).not.toBeNull()
  parent.kill('SIGKILL')
  await until('the child gone', () => processIdentity(pid) === null, { seconds: 5 })
})

it('a taken port is found, with its name', async () => {
  const server = createServer()
  const ports = { web: await freePort(), api: await freePort() }
  server.listen(ports.api, '127.0.0.1')
  await once(server, 'listening')
  expect(await takenPorts(ports)).toEqual([{ name: 'api', port: ports.api }])
  server.close()
})
