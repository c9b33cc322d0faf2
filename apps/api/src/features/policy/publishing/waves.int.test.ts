// Policy versions with other waves than canary and fleet, and waves that change while versions are being published.
import { jobs, policyVersions } from '@tickwatch/db'
import type { Ring } from '@tickwatch/policy'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../../local/src/testing/testing.ts'
import { certificates, temporaryFolder } from '../../../testing/fixtures.ts'
import { publishingOf, rate, soon } from '../../../testing/publishing.ts'
import { type Client, seedPlatform, seedTenant, startTestApi, type TestApi } from '../../../testing/testApi.ts'
import type { TestGateway } from '../../../testing/testGateway.ts'

const urls = useTestDatabase()
const folder = temporaryFolder()
let api: TestApi
let pki: Awaited<ReturnType<typeof certificates>>
let admin: Client
let auditor: Client
const gateways = new Map<Ring, TestGateway>()
const { save, compiled, edit, published, publishedTo, stateOf, becomes, drift, events, unpublishedSeconds } =
  publishingOf(() => ({ api, admin, auditor }))

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

/** Runs the promoter three times while a ring can't be written, each time to its end but for the third. */
async function promoteInVain(version: number): Promise<void> {
  const refusals = api.parameters.state.refusals + 3
  for (let i = 0; i < 3; i += 1)
    await api.db.worker((tx) => jobs.enqueue(tx, { task: 'promote', payload: { version } }))
  await vi.waitFor(() => expect(api.parameters.state.refusals).toBeGreaterThanOrEqual(refusals), soon)
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
  it('is added to the newest version only, however long it may not be written', async () => {
    const list = async () => (await api.db.platform((tx) => policyVersions.list(tx, { pageSize: 20 }))).items
    const [newest, ...older] = await list()
    api.parameters.state.denied.add(api.nameOf('lab'))
    await api.restart({ POLICY_WAVES: 'canary,early,fleet,lab' })
    await promoteInVain(newest?.version ?? 0)
    const [extended, ...others] = await list()
    expect(extended?.waves).toEqual([...(newest?.waves ?? []), { ring: 'lab', publishedAt: null, enforcedAt: null }])
    expect(others).toEqual(older)
  })

  it('does not keep a version from the rings before it, and no version from any ring once no wave names it', async () => {
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
    const reason = 'no wave names it any more, and it never got a manifest'
    expect((await events('policy.dropRing'))[0]).toMatchObject({ target: 'ring lab', after: { version: next }, reason })
  })

  it('is decided once, with one audit event, and the alert counts from then on', async () => {
    api.parameters.state.denied.add(api.nameOf('fleet'))
    const version = await edit()
    const promotions = async () => (await events('policy.promoteUnattested')).filter((e) => e.target === `v${version}`)
    await applies('canary', version)
    await vi.waitFor(
      async () => expect(await promotions()).toMatchObject([{ reason: 'ring early has no gateway' }]),
      soon,
    )
    const dueAt = new Date(Date.now() - 90_000)
    await api.db.worker((tx) => policyVersions.updateWave(tx, version, 'fleet', { dueAt }))
    await promoteInVain(version)
    expect(await promotions()).toHaveLength(1)
    expect(await unpublishedSeconds()).toBeGreaterThanOrEqual(90)
    api.parameters.state.denied.delete(api.nameOf('fleet'))
    await applies('fleet', version)
    await enforced(version)
  })

  it('keeps every later version from all rings if it has a manifest, until no wave names it', async () => {
    api.parameters.state.denied.add(api.nameOf('early'))
    const version = await edit()
    await applies('canary', version)
    const revision = await save()
    await promoteInVain(version)
    expect((await admin.policy.propagation.query({ revision })).version).toBeNull()
    await api.restart({ POLICY_WAVES: 'canary,fleet' })
    const next = await compiled(revision)
    await applies('canary', next)
    await applies('fleet', next)
    await enforced(next)
    const reason = `no wave names it any more, and v${version} could not be written there`
    expect((await events('policy.dropRing'))[0]).toMatchObject({ target: 'ring early', reason })
    api.parameters.state.denied.delete(api.nameOf('early'))
    await api.restart({ POLICY_WAVES: 'canary,early,fleet' })
    await publishedTo('early', next)
    await enforced(next)
  })

  it('and that was the only one leaves its version to the waves of the next list, from the first one on', async () => {
    const before = published('fleet')
    api.parameters.state.denied.add(api.nameOf('attic'))
    await api.restart({ POLICY_WAVES: 'attic' })
    const version = await edit()
    await api.restart({ POLICY_WAVES: 'canary,early,fleet' })
    await publishedTo('canary', version)
    expect(published('fleet')).toBe(before)
    await applies('canary', version)
    await applies('fleet', version)
    await enforced(version)
    expect((await stateOf(version)).waves.map((wave) => wave.ring)).toEqual(['canary', 'early', 'fleet'])
  })
})

describe('three waves', () => {
  it('pass a ring without gateways at once, and the audit log says so', async () => {
    const version = await edit()
    await applies('canary', version)
    await applies('fleet', version)
    await enforced(version)
    expect(published('early')).toBe(version)
    const [event] = await events('policy.promoteUnattested')
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
    const [event] = await events('policy.promoteUnattested')
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
