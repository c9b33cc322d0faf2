import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openDatabase, quotas } from '@tickwatch/db'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { callMiniStack } from './parts/aws/awsBootstrap.ts'
import { type LocalState, readLocalState } from './platform/localState.ts'
import { freeOffset, portsAt } from './platform/ports.ts'
import { partsOf } from './platform/registry.ts'
import { isAlive } from './process/identity.ts'
import { takenPorts } from './process/ports.ts'
import { root } from './process/tools.ts'
import { answers, until } from './process/until.ts'
import { undocumented } from './testing/metricsPage.ts'
import { readFleet } from './testing/readFleet.ts'

const startSeconds = 120
let stateDir: string
let offset: number

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'tickwatch-cli-'))
  // Postgres may run as another user, who has to get to its data.
  await chmod(stateDir, 0o711)
  offset = await freeOffset()
})
// What a failed test left running must not fail the next one.
afterEach(() => command('stop').ended)
afterAll(() => rm(stateDir, { recursive: true, force: true }))

/** `npm run …` without npm and bootstrap. */
const command = (...args: string[]) => run(process.execPath, [join(import.meta.dirname, 'cli.ts'), ...args])

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

/** What SSM, Postgres and Prometheus hold of the time up to `at`, in seconds. */
async function dataOf(state: LocalState, at: number) {
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

/** The gateways' ids, in order. */
const gatewayIds = (state: LocalState) => state.addresses.gateways.map(({ id }) => id).sort()

/** What the platform's agent has stored of the platform, in the text format, without the labels that are added on the way. */
async function exportedBy(state: LocalState): Promise<string> {
  const query = new URLSearchParams({ 'match[]': '{tenant="tickwatch",job!=""}' })
  const response = await fetch(`${state.addresses.prometheus}/api/v1/series?${query}`)
  const added = ['__name__', 'tenant', 'instance', 'region', 'az', 'cluster', 'job']
  const { data } = (await response.json()) as { data: Record<string, string>[] }
  return data
    .map(({ __name__, ...labels }) => {
      const own = Object.entries(labels).filter(([name]) => !added.includes(name))
      return `${__name__}{${own.map(([name, value]) => `${name}="${value}"`).join()}} 1`
    })
    .join('\n')
}

it(
  'a detached platform serves until it is stopped, the next start goes on with its data, and a reset stops it and deletes that, and nothing else',
  async () => {
    const first = command('start', '--detach')
    expect(await first.ended, first.output).toBe(0)
    const state = stateOf()
    expect(first.output).toContain(state.addresses.portal)
    expect(await answers(`${state.addresses.portal}/signin`)).toBe(true)
    expect(aliveOf(state)).toHaveLength(partsOf(true).filter(({ inProcess }) => !inProcess).length + 4)

    const status = command('status')
    expect(await status.ended, status.output).toBe(0)
    for (const id of gatewayIds(state)) expect(status.output).toMatch(new RegExp(`${id} +process \\d+`))
    expect(state.addresses.gateways.map(({ ring, zone }) => `${ring} ${zone}`).sort()).toEqual([
      'canary us-east-1a',
      ...['a', 'b', 'c'].map((zone) => `fleet us-east-1${zone}`),
    ])
    // Documents name this port.
    const canary = state.addresses.gateways.find(({ ring }) => ring === 'canary')
    expect(canary?.httpUrl).toBe(`http://127.0.0.1:${9101 + offset}`)
    const { waves, runs, instances, older, newer, available } = await readFleet(state)
    expect(waves.map((groups) => groups.length)).toEqual([1, 1, 2])
    expect(instances).toEqual(gatewayIds(state))
    expect(new Set(runs)).toEqual(new Set([older?.amiId]))
    expect(available).toEqual(new Set([older?.amiId, newer?.amiId]))
    // The API has asked the same EC2.
    expect(newer?.observed).toMatchObject({ state: 'available', imdsSupport: 'v2.0' })
    const again = command('start')
    expect(await again.ended).toBe(1)
    expect(again.output).toContain('runs here already')

    // A sample of the last moment may still be on its way.
    const at = () => Date.now() / 1_000 - 10
    await until('a policy, a quota and samples', async () => {
      const { quota, samples } = await dataOf(state, at())
      return quota !== null && samples.length > 0
    })
    // Of Envoy, gateways and the API.
    const expected = [
      'tickwatch_edge_ingest_requests_total{code="204"} 1',
      'tickwatch_edge_ingest_first_byte_seconds_bucket{code="204",le="1"} 1',
      'tickwatch_policy_propagation_seconds_bucket{le="5",leg="enforced-by-all"} 1',
      ...['client', 'server', 'writers', 'readers', 'authority'].map(
        (resource) => `tickwatch_certificate_expiry_timestamp_seconds{resource="${resource}"} 1`,
      ),
      'tickwatch_certificate_expiry_timestamp_seconds{resource="writer",tenant_id="acme"} 1',
    ]
    await until('the metrics of every process', async () => {
      const exported = await exportedBy(state)
      return expected.every((line) => exported.includes(line))
    })
    expect(undocumented(await exportedBy(state)), 'missing in docs/metrics.md').toEqual([])

    const stoppedAt = at()
    const before = await dataOf(state, stoppedAt)
    expect(await command('stop').ended).toBe(0)
    expect(aliveOf(state)).toEqual([])
    expect(await command('status').ended).toBe(1)

    const second = command('start', '--detach')
    expect(await second.ended, second.output).toBe(0)
    expect(await dataOf(stateOf(), stoppedAt)).toEqual(before)
    expect(gatewayIds(stateOf())).toEqual(gatewayIds(state))

    const other = await mkdtemp(join(tmpdir(), 'tickwatch-other-'))
    const refused = run(process.execPath, [join(import.meta.dirname, 'cli.ts'), 'reset'], { TICKWATCH_STATE: other })
    expect(await refused.ended).toBe(1)
    expect(refused.output).toContain('nothing was deleted')
    await rmdir(other)
    const running = stateOf()
    const reset = command('reset')
    expect(await reset.ended, reset.output).toBe(0)
    expect(aliveOf(running)).toEqual([])
    expect(existsSync(stateDir)).toBe(false)
    expect(await command('reset').ended).toBe(0)
  },
  startSeconds * 2_000,
)

it(
  'a start in which a part fails leaves no process behind, and says which and why',
  async () => {
    // A file takes the place of its data's folder.
    const data = join(stateDir, 'prometheus/data')
    await mkdir(dirname(data), { recursive: true })
    await writeFile(data, '')
    for (const how of [[], ['--detach']]) {
      const failed = command('start', ...how)
      expect(await failed.ended, failed.output).toBe(1)
      expect(failed.output).toMatch(/prometheus: ended with code \d+\n.*not a directory/s)
      const state = stateOf()
      expect(state.phase).toBe('failed')
      expect(state.processes).toEqual({})
      expect(await takenPorts(portsAt(offset))).toEqual([])
    }
    const status = command('status')
    expect(await status.ended).toBe(1)
    expect(status.output).toContain('the last start failed')
    await rm(data)
  },
  startSeconds * 1_000,
)

it(
  'a part that dies is started again, each time after a longer pause, and a gateway is replaced; Ctrl-C in the terminal of npm start leaves no process behind',
  async () => {
    const npm = run('npm', ['start'])
    await until('ready', () => stateOf().phase === 'ready' && isAlive(stateOf().supervisor), { seconds: startSeconds })
    const follow = command('logs', 'node-exporter', '-f')
    await until('the log so far', () => follow.output.includes('Listening on'))
    const shown = follow.output.length
    const die = () => process.kill(stateOf().processes['node-exporter']?.pid ?? 0, 'SIGKILL')
    die()
    await until('it runs again', () => npm.output.includes('node-exporter started again'))
    expect(npm.output).toContain('node-exporter was ended by SIGKILL; its log ends:')
    await until('its log goes on', () => follow.output.slice(shown).includes('Listening on'))
    die()
    await until('the longer pause', () => npm.output.includes('node-exporter starts again in 2 s'))
    expect(stateOf().restarts?.['node-exporter']).toMatchObject({ count: 2, how: 'was ended by SIGKILL' })
    await until('it runs again', () => npm.output.split('node-exporter started again').length === 3)
    const [killed = '', ...others] = gatewayIds(stateOf())
    const pid = stateOf().processes[killed]?.pid
    if (!pid) throw new Error(`${killed} does not run`)
    process.kill(pid, 'SIGKILL')
    await until('another gateway', () => {
      const ids = gatewayIds(stateOf())
      return ids.length === 4 && !ids.includes(killed)
    })
    expect(npm.output).toContain(`${killed} was ended by SIGKILL; its group launches another instance.`)
    expect(gatewayIds(stateOf())).toEqual(expect.arrayContaining(others))
    const last = stateOf()
    const [added = ''] = gatewayIds(last).filter((id) => !others.includes(id))
    const log = command('logs', added)
    expect(await log.ended, log.output).toBe(0)
    expect(log.output).toContain(`"gateway":"${added}"`)
    const up = command('status')
    expect(await up.ended, up.output).toBe(0)
    // What it prints of a part that waits, `restarts.test.ts` tests: here the pause might end meanwhile.
    expect(up.output).toMatch(/node-exporter +process \d+ .*\(2 times in all\); started again/)
    follow.child.kill('SIGINT')
    expect(await follow.ended).toBe(0)
    const unknown = command('logs', 'nothing')
    expect(await unknown.ended).toBe(2)
    expect(unknown.output).toMatch(/with a part of: .*fleet, .*i-[0-9a-f]{17}/)

    process.kill(-(npm.child.pid ?? 0), 'SIGINT')
    await npm.ended
    expect(aliveOf(last)).toEqual([])
    expect(isAlive(last.supervisor)).toBe(false)
    expect(stateOf().phase).toBe('stopped')
  },
  startSeconds * 2_000,
)

it('a taken port is named, with the variable to set', async () => {
  const { api } = portsAt(offset)
  const server = createServer().listen(api, '127.0.0.1')
  await once(server, 'listening')
  const run = command('start')
  expect(await run.ended).toBe(1)
  expect(run.output).toContain(`port ${api} (api)`)
  expect(run.output).toContain('TICKWATCH_PORT_OFFSET=')
  server.close()
})
