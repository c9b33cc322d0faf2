import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rmdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { LocalState } from './platform/localState.ts'
import { portsAt } from './platform/ports.ts'
import { partsOf } from './platform/registry.ts'
import { answers, until } from './process/until.ts'
import { undocumented } from './testing/metricsPage.ts'
import { readFleet } from './testing/readFleet.ts'
import { aliveOf, dataOf, gatewayIds, startFails, useCli } from './testing/useCli.ts'

const startSeconds = 120
const cli = useCli()
const { stateDir, offset, command, commandAt, state: stateNow } = cli

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
  'a detached platform serves until a reset stops it and deletes its data, and nothing else',
  async () => {
    const first = command('start', '--detach')
    expect(await first.ended, first.output).toBe(0)
    const state = stateNow()
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
    expect(canary?.httpUrl).toBe(`http://127.0.0.1:${9101 + offset()}`)
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

    const other = await mkdtemp(join(tmpdir(), 'tickwatch-other-'))
    const refused = commandAt({ TICKWATCH_STATE: other }, 'reset')
    expect(await refused.ended).toBe(1)
    expect(refused.output).toContain('nothing was deleted')
    await rmdir(other)
    const reset = command('reset')
    expect(await reset.ended, reset.output).toBe(0)
    expect(aliveOf(state)).toEqual([])
    expect(existsSync(stateDir())).toBe(false)
    expect(await command('reset').ended).toBe(0)
  },
  startSeconds * 1_000,
)

it(
  'a start in which a part fails leaves no process behind, and says which and why',
  async () => {
    const repair = await startFails(cli, '--detach')
    const status = command('status')
    expect(await status.ended).toBe(1)
    expect(status.output).toContain('the last start failed')
    await repair()
  },
  startSeconds * 1_000,
)

it('a taken port is named, with the variable to set', async () => {
  const { api } = portsAt(offset())
  const server = createServer().listen(api, '127.0.0.1')
  await once(server, 'listening')
  const run = command('start')
  expect(await run.ended).toBe(1)
  expect(run.output).toContain(`port ${api} (api)`)
  expect(run.output).toContain('TICKWATCH_PORT_OFFSET=')
  server.close()
})
