// Gateways that are instances of Auto Scaling groups, and what becomes of those whose instances end. The API is whole, and asks often.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AwsUnavailable } from '@tickwatch/aws'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { certificates, temporaryFolder } from '../../testing/fixtures.ts'
import { createMemoryFleet } from '../../testing/memoryAws.ts'
import { publishingOf, rate, soon } from '../../testing/publishing.ts'
import { type Client, seedPlatform, seedTenant, startTestApi, type TestApi } from '../../testing/testApi.ts'
import type { TestGateway } from '../../testing/testGateway.ts'

const urls = useTestDatabase()
const folder = temporaryFolder()
const [first, second, third] = ['i-0000000000000000a', 'i-0000000000000000b', 'i-0000000000000000c'] as const
const plain = 'gateway-1'
/** What Auto Scaling says: the instances that its groups keep. Each question is the ids that it named. */
const aws = { away: false, members: new Set<string>([first, second, third]), asked: [] as string[][] }
let api: TestApi
let admin: Client
let auditor: Client
const gateways = new Map<string, TestGateway>()
const { edit, published, publishedTo, stateOf, becomes } = publishingOf(() => ({ api, admin, auditor }))

beforeAll(async () => {
  const pki = await certificates(await openCertificateAuthority(folder.dir))
  const targetsFile = join(folder.dir, 'targets.json')
  const targets = ['canary', 'fleet'].map((ring) => ({
    ...{ group: ring, environment: 'test', region: 'us-east-1', zones: ['local-1a'], ring },
  }))
  writeFileSync(targetsFile, JSON.stringify({ targets }))
  const rolloutGroups = () => ({
    ...createMemoryFleet().rolloutGroups(),
    async members(ids: readonly string[]) {
      aws.asked.push([...ids])
      if (aws.away) throw new AwsUnavailable('Auto Scaling is away')
      return new Set(ids.filter((id) => aws.members.has(id)))
    },
  })
  api = await startTestApi({
    ...{ urls, caFile: pki.caFile, server: pki.server, aws: { rolloutGroups } },
    // Nobody waits for the end of this hold.
    env: { TICK_SECONDS: '0.2', POLICY_WAVES: 'canary:900,fleet', ROLLOUT_TARGETS_FILE: targetsFile },
  })
  await seedPlatform(api.db)
  await seedTenant(api.db, 'acme', { [rate]: { min: 1, max: 1_000_000 } })
  admin = await api.as({ sub: 'mara', groups: ['acme-admins'] }, 'acme')
  auditor = await api.as({ sub: 'ewa', groups: ['auditors'] })
  for (const [id, ring] of [
    [first, 'canary'],
    [second, 'canary'],
    [third, 'fleet'],
    [plain, 'fleet'],
  ] as const) {
    gateways.set(id, api.gateway(await pki.gateway(id), ring))
  }
  await vi.waitFor(() => expect(api.manifest('fleet')).toBeDefined(), soon)
  await applied(first, second, third, plain)
})
afterAll(async () => {
  await api.stop()
  folder.remove()
})

const gateway = (id: string) => gateways.get(id) ?? expect.fail(`no gateway ${id}`)
/** Each of these gateways enforces the manifest of its ring, and says so once. Then it is silent. */
async function applied(...ids: string[]): Promise<void> {
  for (const id of ids) await gateway(id).apply()
}
/** The connections of these gateways break, as when their hosts end: the API need not wait until it misses heartbeats. */
const lost = (...ids: string[]) => Promise.all(ids.map((id) => gateway(id).breakConnection()))
/** By id, with its state. */
async function fleet(): Promise<Record<string, string>> {
  const view = await auditor.gateway.fleet.query()
  const states = view.gateways.map(({ gatewayId, policyState }) => [gatewayId, policyState.state])
  expect(states.filter(([, state]) => state === 'away')).toHaveLength(view.away)
  return Object.fromEntries(states)
}
/** Once a question that is asked from now on has been answered, and what follows from the answer is stored. */
async function answered(): Promise<void> {
  const before = aws.asked.length
  await vi.waitFor(() => expect(aws.asked.length).toBeGreaterThan(before + 1), soon)
}

describe('a gateway that is away', () => {
  it('stays so while Auto Scaling has its instance, or can’t be asked; nobody asks about one that runs on no instance', async () => {
    const allAway = { [first]: 'away', [second]: 'away', [third]: 'away', [plain]: 'away' }
    await lost(first, second, third, plain)
    await vi.waitFor(async () => expect(await fleet()).toEqual(allAway), soon)
    await answered()
    expect(await fleet()).toEqual(allAway)
    aws.members.delete(second)
    aws.away = true
    await answered()
    expect(await fleet()).toEqual(allAway)
    expect((await auditor.gateway.get.query({ gatewayId: second })).end).toBeNull()
    expect([...new Set(aws.asked.flat())].sort()).toEqual([first, second, third])
  })

  it('keeps a new version from the next wave only until Auto Scaling says that its instance ended', async () => {
    const before = published('fleet')
    const version = await edit()
    await publishedTo('canary', version)
    await applied(first)
    await answered()
    expect(published('fleet')).toBe(before)
    expect((await stateOf(version)).gateways.map(({ gatewayId }) => gatewayId)).toContain(second)
    aws.away = false
    await publishedTo('fleet', version)
    await applied(third, plain)
    await becomes('enforced', version)
    expect((await stateOf(version)).gateways.map(({ gatewayId }) => gatewayId)).toEqual([first, plain, third])
  })

  it('is then in no list and no count of gateways, but its page and its starts are still there', async () => {
    expect(Object.keys(await fleet())).toEqual([first, plain, third])
    expect((await auditor.policy.drift.query()).map(({ gatewayId }) => gatewayId)).not.toContain(second)
    const { end, attestations } = await auditor.gateway.get.query({ gatewayId: second })
    expect(end).toEqual({ how: 'instance-ended', at: expect.any(String) })
    expect(attestations).not.toEqual([])
    expect((await auditor.gateway.starts.query()).map(({ gatewayId }) => gatewayId)).toContain(second)
  })

  it('is live at once if it reports again, whatever Auto Scaling says', async () => {
    await applied(second)
    expect(await fleet()).toMatchObject({ [second]: 'in-sync' })
    expect((await auditor.gateway.get.query({ gatewayId: second })).end).toBeNull()
    // Lost again, it is asked about again.
    await lost(second)
    await vi.waitFor(async () => expect(Object.keys(await fleet())).not.toContain(second), soon)
  })
})
