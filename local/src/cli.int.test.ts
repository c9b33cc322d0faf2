import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isAlive, type LocalState, readLocalState } from './localState.ts'
import { callMiniStack } from './parts/awsBootstrap.ts'
import { freeOffset, portsAt } from './ports.ts'
import { answers, until } from './until.ts'

const startSeconds = 120
let stateDir: string
let offset: number

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'tickwatch-cli-'))
  // Postgres may run as another user, who has to get to its data.
  await chmod(stateDir, 0o711)
  offset = await freeOffset()
})
afterAll(async () => {
  await command('stop').ended
  await rm(stateDir, { recursive: true })
})

/** `npm run …` without npm and bootstrap: `output` grows, `ended` answers the exit code. */
function command(...args: string[]) {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, 'cli.ts'), ...args], {
    env: { ...process.env, TICKWATCH_STATE: stateDir, TICKWATCH_PORT_OFFSET: String(offset) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const run = { child, output: '', ended: once(child, 'close').then(([code]) => code as number | null) }
  child.stdout?.on('data', (chunk: Buffer) => {
    run.output += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    run.output += chunk.toString()
  })
  return run
}

function stateOf(): LocalState {
  const state = readLocalState(stateDir)
  if (!state) throw new Error('there is no local.json')
  return state
}

const aliveOf = (state: LocalState) => Object.entries(state.processes).filter(([, record]) => isAlive(record))

const manifest = (state: LocalState) =>
  callMiniStack<{ Parameter: { Version: number; Value: string } }>(state.addresses.aws, 'AmazonSSM.GetParameter', {
    Name: '/tickwatch/local/policy/fleet/manifest',
  })

test(
  'a detached platform serves until it is stopped, and the next start goes on with its data',
  async () => {
    const first = command('start', '--detach')
    expect(await first.ended, first.output).toBe(0)
    const state = stateOf()
    expect(first.output).toContain(state.addresses.portal)
    expect(await answers(`${state.addresses.portal}/signin`)).toBe(true)
    expect(aliveOf(state)).toHaveLength(12)

    const status = command('status')
    expect(await status.ended, status.output).toBe(0)
    const again = command('start')
    expect(await again.ended).toBe(1)
    expect(again.output).toContain('runs here already')

    await until('the first policy in SSM', async () => (await manifest(state)).Parameter.Version > 0)
    const before = await manifest(state)
    expect(await command('stop').ended).toBe(0)
    expect(aliveOf(state)).toEqual([])
    expect(await command('status').ended).toBe(1)

    const startedAt = performance.now()
    const second = command('start', '--detach')
    expect(await second.ended, second.output).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(20_000)
    expect(await manifest(stateOf())).toEqual(before)
    expect(await command('stop').ended).toBe(0)
  },
  startSeconds * 2_000,
)

test(
  'Ctrl-C leaves no process behind',
  async () => {
    const { child, ended } = command('start')
    await until('ready', () => stateOf().phase === 'ready' && stateOf().supervisor.pid === child.pid, {
      seconds: startSeconds / 2,
    })
    const state = stateOf()
    child.kill('SIGINT')
    expect(await ended).toBe(130)
    expect(aliveOf(state)).toEqual([])
  },
  startSeconds * 1_000,
)

test('a taken port is named, with the variable to set', async () => {
  const { api } = portsAt(offset)
  const server = createServer().listen(api, '127.0.0.1')
  await once(server, 'listening')
  const run = command('start')
  expect(await run.ended).toBe(1)
  expect(run.output).toContain(`port ${api} (api)`)
  expect(run.output).toContain('TICKWATCH_PORT_OFFSET=')
  server.close()
})
