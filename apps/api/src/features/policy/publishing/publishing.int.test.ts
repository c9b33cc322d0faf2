// What happens to a policy version if something fails before every gateway enforces it.
import { jobs, policyVersions } from '@tickwatch/db'
import { awayAfterMs, manifestParameterName, parseManifest, type Ring } from '@tickwatch/policy'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../../local/src/testing/testing.ts'
import { certificates, temporaryFolder } from '../../../testing/fixtures.ts'
import { createMemoryParameters } from '../../../testing/memoryAws.ts'
import { publishingOf, rate, soon } from '../../../testing/publishing.ts'
import { type Client, seedPlatform, seedTenant, startTestApi, type TestApi } from '../../../testing/testApi.ts'
import type { TestGateway } from '../../../testing/testGateway.ts'
import { createLeases } from '../../../workers/lease.ts'
import { createRingWriter } from './ringWriter.ts'

const urls = useTestDatabase()
/** Longer than the 10 minutes after which a gateway counts as gone if the hold is shorter. */
const holdSeconds = 900
const folder = temporaryFolder()
let api: TestApi
let canary: TestGateway
let fleet: TestGateway
let admin: Client
let auditor: Client
const { edit, published, publishedTo, stateOf, becomes, drift, events, unpublishedSeconds } = publishingOf(() => ({
  api,
  admin,
  auditor,
}))

beforeAll(async () => {
  const pki = await certificates(await openCertificateAuthority(folder.dir))
  api = await startTestApi({
    ...{ urls, caFile: pki.caFile, server: pki.server },
    env: { POLICY_WAVES: `canary:${holdSeconds},fleet` },
  })
  await seedPlatform(api.db)
  await seedTenant(api.db, 'acme', { [rate]: { min: 1, max: 1_000_000 } })
  canary = api.gateway(await pki.gateway('gateway-1'), 'canary')
  fleet = api.gateway(await pki.gateway('gateway-2'), 'fleet')
  admin = await api.as({ sub: 'mara', groups: ['acme-admins'] }, 'acme')
  auditor = await api.as({ sub: 'ewa', groups: ['auditors'] })
  await vi.waitFor(() => expect(api.manifest('fleet')).toBeDefined(), soon)
  await canary.apply()
  await fleet.apply()
})
afterAll(async () => {
  await api.stop()
  folder.remove()
})

async function enforceEverywhere(version: number): Promise<void> {
  await publishedTo('canary', version)
  await canary.apply()
  await publishedTo('fleet', version)
  await fleet.apply()
  await becomes('enforced', version)
}

describe('a version', () => {
  it('that a canary refuses never reaches the fleet, and says why', async () => {
    const before = published('fleet')
    const version = await edit()
    await publishedTo('canary', version)
    await canary.refuse('bad signature')
    await becomes('refused', version)
    // Every tenant can read `held`, and a reason may name another tenant.
    const { held } = await stateOf(version)
    expect(held).toMatch(/^gateway-1 refused it/)
    expect(held).not.toContain('bad signature')
    expect((await events('policy.refuse'))[0]?.reason).toBe('gateway-1 refused it: bad signature')
    expect(published('fleet')).toBe(before)
    expect(await drift()).toMatchObject([{ gatewayId: 'gateway-1', state: 'refused' }])
    await enforceEverywhere(await edit())
    expect(await drift()).toEqual([])
  })

  it('waits for a canary that is away until the hold ends, says so, and shows the canary', async () => {
    await setHeartbeat('gateway-1', 11 * 60_000)
    const before = published('fleet')
    const version = await edit()
    await vi.waitFor(async () => {
      expect((await stateOf(version)).held).toMatch(/^It waits for gateway-1 of ring canary: no heartbeat/)
      // After its start the API first gives every gateway this time to report.
    }, awayAfterMs + 10_000)
    expect((await stateOf(version)).gateways).toContainEqual(
      expect.objectContaining({ gatewayId: 'gateway-1', state: 'away' }),
    )
    expect(published('fleet')).toBe(before)
    // The version that supersedes it does not start the wait again.
    const newer = await edit()
    await publishedTo('canary', newer)
    expect(published('fleet')).toBe(before)
    const publishedAt = new Date(Date.now() - holdSeconds * 1_000)
    await api.db.worker((tx) => policyVersions.updateWave(tx, version, 'canary', { publishedAt }))
    await publishedTo('fleet', newer)
    expect((await events('policy.promoteUnattested'))[0]).toMatchObject({ target: `v${newer}` })
    await canary.apply()
    await fleet.apply()
    await becomes('enforced', newer)
  })

  it('waits for a gateway that could not report while the API was down', async () => {
    await setHeartbeat('gateway-2', 20_000)
    await api.restart()
    const version = await edit()
    await publishedTo('canary', version)
    await canary.apply()
    await vi.waitFor(async () => expect((await stateOf(version)).waves[0]?.enforcedMs).not.toBeNull(), soon)
    expect((await stateOf(version)).state).toBe('publishing')
    await fleet.apply()
    await becomes('enforced', version)
  })

  it('is not compiled if it would differ from the last one only by its number', async () => {
    const version = published('canary')
    await api.db.platform((tx) => jobs.enqueue(tx, { task: 'publish', payload: {} }))
    expect(await edit()).toBe(version + 1)
    await enforceEverywhere(version + 1)
  })

  it('is labelled current at once, and last-good when its ring has attested it', async () => {
    const version = await edit()
    await publishedTo('canary', version)
    const name = api.nameOf('canary')
    const newest = api.parameters.newest(name)?.version
    expect(api.parameters.labelled(name, 'current')).toBe(newest)
    expect(api.parameters.labelled(name, 'last-good')).not.toBe(newest)
    await enforceEverywhere(version)
    await vi.waitFor(() => expect(api.parameters.labelled(name, 'last-good')).toBe(newest), soon)
    expect((await auditor.policy.rings.query()).map((r) => r.lastGoodVersion)).toEqual([version, version])
  })
})

describe('an outage', () => {
  it('of S3 delays a version, and loses nothing', async () => {
    api.objects.state.away = true
    const { revision } = await admin.quota.current.query()
    await admin.quota.propose.mutate({ limits: { [rate]: 77 }, reason: 'in an outage', baseRevision: revision })
    await vi.waitFor(() => expect(api.objects.state.refusals).toBeGreaterThan(0), soon)
    expect((await admin.policy.propagation.query({ revision: revision + 1 })).state).toBe('saved')
    // What was published before is still protected.
    const before = api.manifest('fleet')
    api.parameters.byHand.put(api.nameOf('fleet'), 'changed by hand')
    await vi.waitFor(() => expect(api.manifest('fleet')).toBe(before), soon)
    expect(await unpublishedSeconds()).toBeGreaterThan(0)
    api.objects.state.away = false
    await vi.waitFor(async () => {
      expect((await admin.policy.propagation.query({ revision: revision + 1 })).state).toBe('publishing')
    }, soon)
    // It now waits for its canary, no longer for the publisher.
    expect(await unpublishedSeconds()).toBe(0)
    await enforceEverywhere(published('canary'))
  })

  it('of SSM after compiling ends with the version published once', async () => {
    api.parameters.state.away = true
    const version = await edit()
    expect((await stateOf(version)).state).toBe('compiled')
    expect(await unpublishedSeconds()).toBeGreaterThan(0)
    api.parameters.state.away = false
    await enforceEverywhere(version)
  })

  it('between the writes to SSM and Postgres is repaired after a restart, and is not mistaken for a change by hand', async () => {
    const reconciled = (await events('policy.manifest.reconciled')).length
    const version = await edit()
    await publishedTo('canary', version)
    await becomes('publishing', version)
    // As if the process had died before it recorded the publication to the canary ring.
    const previous = api.parameters.state.puts
    await api.db.worker(async (tx) => {
      await policyVersions.update(tx, version, { state: 'compiled' })
      await policyVersions.updateWave(tx, version, 'canary', { publishedAt: null })
    })
    await api.restart()
    await becomes('publishing', version)
    expect(api.parameters.state.puts).toBe(previous)
    await enforceEverywhere(version)
    expect(await events('policy.manifest.reconciled')).toHaveLength(reconciled)
  })
})

describe('a promotion', () => {
  it('that died between the writes to SSM and Postgres is finished before the next edit, and is not mistaken for a change by hand', async () => {
    const reconciled = (await events('policy.manifest.reconciled')).length
    const states = await api.db.worker((tx) => policyVersions.ringStates(tx))
    const before = states.find(({ ring }) => ring === 'fleet') ?? expect.fail('nothing was published to the fleet')
    const version = await edit()
    await enforceEverywhere(version)
    // As if the process had died before it recorded the publication to the fleet.
    await api.db.worker(async (tx) => {
      await policyVersions.setDesired(tx, before)
      await policyVersions.update(tx, version, { state: 'publishing', enforcedAt: null })
      await policyVersions.updateWave(tx, version, 'fleet', { publishedAt: null, enforcedAt: null })
    })
    const next = await edit()
    await publishedTo('canary', next)
    const progress = await api.db.worker((tx) => policyVersions.progress(tx, version))
    expect(progress?.waves.at(-1)?.publishedAt).not.toBeNull()
    expect(progress?.state).toBeOneOf(['publishing', 'enforced'])
    await enforceEverywhere(next)
    expect(await events('policy.manifest.reconciled')).toHaveLength(reconciled)
  })
})

describe('a manifest in SSM', () => {
  const back = async (ring: Ring, before: string | undefined) =>
    vi.waitFor(() => expect(api.manifest(ring)).toBe(before), soon)

  it('that someone changed by hand is restored, and the audit log shows it', async () => {
    const before = api.manifest('fleet')
    api.parameters.byHand.put(api.nameOf('fleet'), '{"format":1,"version":1}')
    await back('fleet', before)
    await vi.waitFor(async () => {
      expect((await events('policy.manifest.reconciled'))[0]).toMatchObject({
        actorKind: 'system',
        target: 'ring fleet',
        before: { fault: 'the manifest has no SHA-256', textSha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
        after: { version: published('fleet'), sha256: parseManifest(before ?? '').sha256 },
      })
    }, soon)
    expect(api.parameters.labelled(api.nameOf('fleet'), 'current')).toBe(
      api.parameters.newest(api.nameOf('fleet'))?.version,
    )
  })

  it('that someone changed by hand just before an edit is overwritten, and the audit log shows it', async () => {
    const count = (await events('policy.manifest.reconciled')).length
    api.parameters.byHand.put(api.nameOf('canary'), '{"format":1,"version":1}')
    const version = await edit()
    await publishedTo('canary', version)
    const after = await events('policy.manifest.reconciled')
    expect(after).toHaveLength(count + 1)
    expect(after[0]).toMatchObject({ target: 'ring canary', before: { fault: 'the manifest has no SHA-256' } })
    await enforceEverywhere(version)
  })

  it('that someone deleted is written again', async () => {
    const before = api.manifest('canary')
    api.parameters.byHand.remove(api.nameOf('canary'))
    await back('canary', before)
    const name = api.nameOf('canary')
    await vi.waitFor(() => expect(api.parameters.labelled(name, 'last-good')).toBe(1), soon)
  })

  it('whose oldest version has a label still gets the next version, and the audit log shows the moved labels', async () => {
    const parameters = createMemoryParameters()
    const rings = createRingWriter(parameters.store, 'jammed')
    const leases = createLeases(
      api.db,
      { name: 'jammed', forMs: 60_000 },
      new AbortController().signal,
      pino({ enabled: false }),
    )
    const name = manifestParameterName('jammed', 'fleet')
    await leases.hold(async (lease) => {
      await rings.labelLastGood(lease, 'fleet', await rings.write(lease, 'fleet', 'the last good one'))
      for (let i = 2; i <= 100; i += 1) await rings.write(lease, 'fleet', `manifest ${i}`)
      expect(await rings.write(lease, 'fleet', 'the next one')).toBe(101)
    })
    expect(parameters.newest(name)?.value).toBe('the next one')
    expect(parameters.labelled(name, 'current')).toBe(101)
    expect(parameters.labelled(name, 'last-good')).toBe(100)
    expect((await events('policy.labels.moved'))[0]).toMatchObject({ target: name, after: { parameterVersion: 100 } })
  })
})

async function setHeartbeat(gatewayId: string, agoMs: number): Promise<void> {
  const client = new pg.Client({ connectionString: urls.admin })
  await client.connect()
  await client.query('UPDATE gateway SET heartbeat_at = $2 WHERE id = $1', [gatewayId, new Date(Date.now() - agoMs)])
  await client.end()
}
