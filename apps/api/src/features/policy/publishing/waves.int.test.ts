// Policy versions with other waves than canary and fleet, and waves that change while versions are being published.
import { policyVersions } from '@tickwatch/db'
import { parseManifest, type Ring } from '@tickwatch/policy'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../../local/src/testing/testing.ts'
import { certificates, temporaryFolder } from '../../../testing/fixtures.ts'
import { type Client, seedPlatform, seedTenant, startTestApi, type TestApi } from '../../../testing/testApi.ts'
import type { TestGateway } from '../../../testing/testGateway.ts'

const urls = useTestDatabase()
const folder = temporaryFolder()
let api: TestApi
let pki: Awaited<ReturnType<typeof certificates>>
let admin: Client
let auditor: Client
const gateways = new Map<Ring, TestGateway>()
const rate = 'ingest.samplesPerSecond'
// A tick brings in new rings every 4 s.
const soon = { timeout: 15_000, interval: 20 }

beforeAll(async () => {
  pki = await certificates(await openCertificateAuthority(folder.dir))
  api = await startTestApi({ urls, caFile: pki.caFile, server: pki.server, env: { POLICY_WAVES: 'fleet' } })
  await seedPlatform(api.db)
  await seedTenant(api.db, 'acme', { [rate]: { min: 1, max: 1_000_000 } })
  admin = await api.as({ sub: 'mara', groups: ['acme-admins'] }, 'acme')
  auditor = await api.as({ sub: 'ewa', groups: ['auditors'] })
  await edit()
})
afterAll(async () => {
  await api.stop()
  folder.remove()
})

let value = 1_000
/** Edits the quota. @returns the version that carries it, once it is compiled. */
async function edit(): Promise<number> {
  value += 1
  const { revision: baseRevision } = await admin.quota.current.query()
  await admin.quota.propose.mutate({ limits: { [rate]: value }, reason: 'a test of it', baseRevision })
  return vi.waitFor(async () => {
    const { version } = await admin.policy.propagation.query({ revision: baseRevision + 1 })
    return version ?? expect.fail('not compiled')
  }, soon)
}
/** The drift of the gateways that report: a test gateway reports only when the test says so. */
const drift = async () => (await auditor.policy.drift.query()).filter(({ state }) => state !== 'away')
const published = (ring: Ring) => parseManifest(api.manifest(ring) ?? '{}').version
const publishedTo = (ring: Ring, version: number) => vi.waitFor(() => expect(published(ring)).toBe(version), soon)
const stateOf = (version: number) => auditor.policy.versionPropagation.query({ version })
/** The API records what it did a moment after the gateways can see it. */
const becomes = (state: string, version: number) =>
  vi.waitFor(async () => expect((await stateOf(version)).state).toBe(state), soon)
const enforced = (version: number) => becomes('enforced', version)
/** The one gateway of a ring, which starts when it is first used. */
async function gatewayOf(ring: Ring): Promise<TestGateway> {
  const gateway = gateways.get(ring) ?? api.gateway(await pki.gateway(`gateway-${ring}`), ring)
  gateways.set(ring, gateway)
  return gateway
}
async function applies(ring: Ring, version: number): Promise<void> {
  await publishedTo(ring, version)
  await (await gatewayOf(ring)).apply()
}

describe('one wave', () => {
  it('takes a version to every gateway at once', async () => {
    const version = await edit()
    await applies('fleet', version)
    await enforced(version)
    const view = await stateOf(version)
    expect(view.waves).toMatchObject([{ ring: 'fleet', publishedMs: expect.any(Number), enforcedMs: view.enforcedMs }])
  })

  it('gets the next version although a gateway refused one: nothing waits behind a refusal', async () => {
    const version = await edit()
    await publishedTo('fleet', version)
    await (await gatewayOf('fleet')).refuse('signature')
    await becomes('publishing', version)
    expect(await drift()).toMatchObject([{ gatewayId: 'gateway-fleet', state: 'refused' }])
    const next = await edit()
    await applies('fleet', next)
    await enforced(next)
  })
})

describe('a ring that is added', () => {
  it('gets the version that all others have, without an edit, and later versions wait for its gateways', async () => {
    const version = published('fleet')
    expect(api.manifest('canary')).toBeUndefined()
    await (await gatewayOf('canary')).beat()
    expect(await drift()).toMatchObject([
      {
        gatewayId: 'gateway-canary',
        state: 'no-wave',
        detail: 'Its ring canary is in no wave, so it gets no new policy.',
      },
    ])
    await api.restart({ POLICY_WAVES: 'canary,early,fleet' })
    await publishedTo('canary', version)
    await publishedTo('early', version)
    await becomes('publishing', version)
    await applies('canary', version)
    await enforced(version)
    expect((await stateOf(version)).waves.map((wave) => wave.ring)).toEqual(['fleet', 'canary', 'early'])
    expect(await drift()).toEqual([])
  })
})

describe('a ring that the API may not write', () => {
  it('does not keep a version from the rings before it, and no version from any ring once no wave names it', async () => {
    api.parameters.state.denied.add(api.nameOf('lab'))
    await api.restart({ POLICY_WAVES: 'canary,early,fleet,lab' })
    const version = await edit()
    await applies('canary', version)
    await applies('fleet', version)
    // The wave of the denied ring is due in this version, and the next one still starts.
    const next = await edit()
    await applies('canary', next)
    await applies('fleet', next)
    await becomes('publishing', next)
    await api.restart({ POLICY_WAVES: 'canary,early,fleet' })
    await enforced(next)
    expect((await stateOf(next)).waves.map((wave) => wave.ring)).toEqual(['canary', 'early', 'fleet'])
    const [event] = (await auditor.audit.list.query({ action: 'policy.dropRing' })).items
    expect(event).toMatchObject({ target: 'ring lab' })
  })
})

describe('three waves', () => {
  it('pass a ring without gateways at once, and the audit log says so', async () => {
    const version = await edit()
    await applies('canary', version)
    await applies('fleet', version)
    await enforced(version)
    expect(published('early')).toBe(version)
    const [event] = (await auditor.audit.list.query({ action: 'policy.promoteUnattested' })).items
    expect(event).toMatchObject({ target: `v${version}`, reason: 'ring early has no gateway' })
  })

  it('take a version from ring to ring, as soon as each enforces it', async () => {
    await applies('early', published('early'))
    const before = published('fleet')
    const version = await edit()
    await publishedTo('canary', version)
    expect([published('early'), published('fleet')]).toEqual([before, before])
    await applies('canary', version)
    await publishedTo('early', version)
    expect(published('fleet')).toBe(before)
    await applies('early', version)
    await applies('fleet', version)
    await enforced(version)
    const { compiledMs, waves, enforcedMs } = await stateOf(version)
    expect(waves.map((wave) => wave.ring)).toEqual(['canary', 'early', 'fleet'])
    const steps = [compiledMs, ...waves.flatMap((wave) => [wave.publishedMs, wave.enforcedMs]), enforcedMs]
    expect(steps).toEqual(steps.toSorted((a, b) => Number(a) - Number(b)))
    expect((await auditor.policy.rings.query()).map((r) => [r.ring, r.desiredVersion])).toEqual([
      ['canary', version],
      ['early', version],
      ['fleet', version],
    ])
  })

  it('stop at the second ring if it refuses, and the last ring keeps what it has', async () => {
    const before = published('fleet')
    const version = await edit()
    await applies('canary', version)
    await publishedTo('early', version)
    await (await gatewayOf('early')).refuse('bad signature')
    await becomes('refused', version)
    expect((await stateOf(version)).held).toMatch(/^gateway-early refused it, so no ring after early gets it\./)
    expect(published('fleet')).toBe(before)
  })

  it('start a newer version at the first ring, though an older one has reached the second', async () => {
    const before = published('fleet')
    const version = await edit()
    await applies('canary', version)
    await publishedTo('early', version)
    const newer = await edit()
    await publishedTo('canary', newer)
    const { state } = (await api.db.worker((tx) => policyVersions.progress(tx, version))) ?? expect.fail('it is gone')
    expect(state).toBe('superseded')
    await applies('canary', newer)
    await applies('early', newer)
    expect(published('fleet')).toBeOneOf([before, newer])
    await applies('fleet', newer)
    await enforced(newer)
  })

  it('wait for the second ring as long as its hold says, however many edits follow', async () => {
    const before = published('fleet')
    const version = await edit()
    await applies('canary', version)
    await publishedTo('early', version)
    const newer = await edit()
    await applies('canary', newer)
    await publishedTo('early', newer)
    expect(published('fleet')).toBe(before)
    const publishedAt = new Date(Date.now() - 30_000)
    await api.db.worker((tx) => policyVersions.updateWave(tx, version, 'early', { publishedAt }))
    await publishedTo('fleet', newer)
    const [event] = (await auditor.audit.list.query({ action: 'policy.promoteUnattested' })).items
    expect(event).toMatchObject({ target: `v${newer}`, reason: 'not every gateway of ring early attested it in time' })
    await applies('early', newer)
    await applies('fleet', newer)
    await enforced(newer)
  })
})

describe('a list of waves that changes', () => {
  it('does not change the waves of a version that is being published, and applies to the next', async () => {
    const version = await edit()
    await publishedTo('canary', version)
    await api.restart({ POLICY_WAVES: 'canary:1,fleet' })
    await applies('canary', version)
    await applies('early', version)
    await applies('fleet', version)
    await enforced(version)
    const next = await edit()
    // Its canary is silent, so it waits for its own hold of 1 s.
    await publishedTo('fleet', next)
    await applies('canary', next)
    await applies('fleet', next)
    await enforced(next)
    expect((await stateOf(next)).waves.map((wave) => wave.ring)).toEqual(['canary', 'fleet'])
  })

  it('keeps the last manifest of a ring that it no longer names, restores it, and shows its gateways as drift', async () => {
    const last = api.manifest('early')
    expect(published('early')).toBeLessThan(published('fleet'))
    api.parameters.byHand.put(api.nameOf('early'), '{}')
    await vi.waitFor(() => expect(api.manifest('early')).toBe(last), soon)
    await (await gatewayOf('early')).beat()
    expect(await drift()).toMatchObject([{ gatewayId: 'gateway-early', state: 'no-wave' }])
  })

  it('brings a ring that it names again to the version that all others have', async () => {
    const version = published('fleet')
    await api.restart({ POLICY_WAVES: 'canary,early,fleet' })
    await applies('early', version)
    await enforced(version)
    expect(await drift()).toEqual([])
  })
})
