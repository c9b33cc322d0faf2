import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openDatabase, quotas } from '@tickwatch/db'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { callMiniStack } from '../parts/aws/awsBootstrap.ts'
import { type LocalState, readLocalState } from '../platform/localState.ts'
import { freeOffset, portsAt } from '../platform/ports.ts'
import { isAlive } from '../process/identity.ts'
import { takenPorts } from '../process/ports.ts'
import { root } from '../process/tools.ts'

/** The commands of a platform of its own, in a new folder and on free ports. It is stopped after each test. */
export function useCli() {
  let stateDir = ''
  let offset = 0
  beforeAll(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'tickwatch-cli-'))
    // Postgres may run as another user, who has to get to its data.
    await chmod(stateDir, 0o711)
    offset = await freeOffset()
  })
  // What a failed test left running must not fail the next one.
  afterEach(() => command('stop').ended)
  afterAll(() => rm(stateDir, { recursive: true, force: true }))

  /** In a process group of its own; `output` grows, `ended` answers the exit code. */
  function run(program: string, args: string[], env: Record<string, string> = {}) {
    const child: ChildProcess = spawn(program, args, {
      cwd: root,
      detached: true,
      env: { ...process.env, TICKWATCH_STATE: stateDir, TICKWATCH_PORT_OFFSET: String(offset), ...env },
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
  /** `npm run …` without npm and bootstrap. */
  const command = (...args: string[]) => commandAt({}, ...args)
  const commandAt = (env: Record<string, string>, ...args: string[]) =>
    run(process.execPath, [join(import.meta.dirname, '../cli.ts'), ...args], env)

  function state(): LocalState {
    const found = readLocalState(stateDir)
    if (!found) throw new Error('there is no local.json')
    return found
  }
  return { stateDir: () => stateDir, offset: () => offset, run, command, commandAt, state }
}

/** The parts whose processes run. */
export const aliveOf = (state: LocalState) => Object.entries(state.processes).filter(([, record]) => isAlive(record))

/** The gateways' ids, in order. */
export const gatewayIds = (state: LocalState) => state.addresses.gateways.map(({ id }) => id).sort()

const manifest = (state: LocalState) =>
  callMiniStack<{ Parameter: { Version: number; Value: string } }>(state.addresses.aws, 'AmazonSSM.GetParameter', {
    Name: '/tickwatch/local/policy/fleet/manifest',
  })

/** What SSM, Postgres and Prometheus hold of the time up to `at`, in seconds. */
export async function dataOf(state: LocalState, at: number) {
  const database = openDatabase(state.database)
  const query = new URLSearchParams({ query: 'sort(scrape_samples_scraped{tenant="acme"})', time: String(at) })
  try {
    const response = await fetch(`${state.addresses.prometheus}/api/v1/query?${query}`)
    const { data } = (await response.json()) as { data: { result: unknown[] } }
    return {
      manifest: await manifest(state),
      quota: await database.platform((tx) => quotas.head(tx, 'acme')),
      samples: data.result,
    }
  } finally {
    await database.close()
  }
}

/** Lets Prometheus fail in a start like this, and looks that no process and no port is left. @returns what makes it work again */
export async function startFails({ command, stateDir, offset, state }: ReturnType<typeof useCli>, ...how: string[]) {
  // A file takes the place of its data's folder.
  const data = join(stateDir(), 'prometheus/data')
  await rm(data, { recursive: true, force: true })
  await mkdir(dirname(data), { recursive: true })
  await writeFile(data, '')
  const failed = command('start', ...how)
  expect(await failed.ended, failed.output).toBe(1)
  expect(failed.output).toMatch(/prometheus: ended with code \d+\n.*not a directory/s)
  const { phase, processes } = state()
  expect([phase, processes]).toEqual(['failed', {}])
  expect(await takenPorts(portsAt(offset()))).toEqual([])
  return () => rm(data)
}
