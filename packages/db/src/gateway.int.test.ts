import { describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import * as gateways from './gateway.repository.ts'
import * as policyVersions from './policyVersions.ts'
import * as quotas from './quota.repository.ts'
import * as tenants from './tenant.repository.ts'
import {
  ann,
  figures,
  heartbeat,
  inBatches,
  later,
  noon,
  pat,
  policyVersion,
  revision,
  sha256,
  useDatabase,
} from './test/fixtures.ts'
import * as usage from './usage.repository.ts'

const database = useDatabase(useTestDatabase())
const record = (over: Partial<gateways.Heartbeat>, at = noon) =>
  database.db.platform((tx) => gateways.recordHeartbeat(tx, heartbeat(over), at))
const applied = (version: number, seconds = 0) => ({ version, sha256: sha256('a'), appliedAt: later(seconds) })

describe('a heartbeat', () => {
  it('tells what is new in it, once', async () => {
    const gatewayId = 'telling'
    const quiet = { isNew: false, attestedNow: false, refusedNow: false, formatsToCheck: false, desiredVersion: null }
    expect(await record({ gatewayId })).toEqual({ ...quiet, isNew: true, formatsToCheck: true })
    expect(await record({ gatewayId })).toEqual(quiet)
    for (const formatsRead of [
      { bundle: 2, manifest: 1 },
      { bundle: 2, manifest: 2 },
      { bundle: 1, manifest: 1 },
    ]) {
      expect(await record({ gatewayId, formatsRead })).toEqual({ ...quiet, formatsToCheck: true })
      expect(await record({ gatewayId, formatsRead })).toEqual(quiet)
    }
    expect(await record({ gatewayId, applied: applied(1) })).toEqual({ ...quiet, attestedNow: true })
    expect(await record({ gatewayId, applied: applied(1) })).toEqual(quiet)
    const refused = { version: 2, reason: 'the signature does not fit', at: noon }
    expect(await record({ gatewayId, applied: applied(1), refused })).toEqual({ ...quiet, refusedNow: true })
    expect(await record({ gatewayId, applied: applied(1), refused })).toEqual(quiet)
    expect(await record({ gatewayId, applied: applied(3) })).toEqual({ ...quiet, attestedNow: true })
  })

  it('of a gateway that is back says so: it may not read what was published meanwhile', async () => {
    const gatewayId = 'back'
    const toCheck = async (seconds: number, over: Partial<gateways.Heartbeat> = {}) =>
      (await record({ gatewayId, ...over }, later(seconds))).formatsToCheck
    expect(await toCheck(0)).toBe(true)
    expect(await toCheck(15, { leaving: true })).toBe(false)
    expect(await toCheck(16)).toBe(true)
    expect(await toCheck(31)).toBe(false)
    expect(await toCheck(47)).toBe(true)
  })

  it("is the gateway's state until the next", async () => {
    const sent = { acme: figures({ refusedPerSecond: { rate: 4, 'active-series': 1 } }), globex: figures() }
    const refused = { version: 5, reason: 'too old', at: noon }
    await record({ gatewayId: 'state', applied: applied(4), refused, tenants: sent })
    const { db } = database
    expect(await db.platform((tx) => gateways.byId(tx, 'state'))).toEqual({
      gatewayId: 'state',
      ring: 'canary',
      zone: 'us-east-1a',
      softwareVersion: '0.1.0',
      formatsRead: { bundle: 1, manifest: 1 },
      startedAt: noon,
      heartbeatAt: noon,
      leftAt: null,
      applied: applied(4),
      refused,
      cpuRatio: 0.25,
      memoryBytes: 90_000_000,
      samplesPerSecond: 200,
      requestsPerSecond: 20,
      refusedPerSecond: 5,
      activeSeries: 2_000,
    })
    const on = () => db.platform((tx) => gateways.tenantsOn(tx, 'state'))
    expect((await on()).map((row) => row.tenantId)).toEqual(['acme', 'globex'])
    await record({ gatewayId: 'state', tenants: { globex: figures({ samplesPerSecond: 9 }) } })
    expect(await on()).toEqual([{ tenantId: 'globex', samplesPerSecond: 9, refusedPerSecond: 0, activeSeries: 1_000 }])
    await record({ gatewayId: 'state' })
    expect(await on()).toEqual([])
    expect(await db.platform((tx) => gateways.byId(tx, 'nobody'))).toBeNull()
  })

  it('of tenants that do not exist is taken without them', async () => {
    await record({ gatewayId: 'stray', tenants: { nobody: figures(), acme: figures() } })
    const on = await database.db.platform((tx) => gateways.tenantsOn(tx, 'stray'))
    expect(on.map((row) => row.tenantId)).toEqual(['acme'])
  })

  it('that is the last takes the gateway out of the fleet, until it is back', async () => {
    const gatewayId = 'draining'
    const leftAt = async () => (await database.db.platform((tx) => gateways.byId(tx, gatewayId)))?.leftAt
    const counted = async () => {
      const live = await database.db.platform((tx) => gateways.liveDemands(tx, noon, noon))
      const progress = await database.db.tenant('acme', (tx) => policyVersions.gatewayProgress(tx, [1]))
      return [live.gatewayIds, progress.map((row) => row.gatewayId)].map((ids) => ids.includes(gatewayId))
    }
    await record({ gatewayId })
    expect(await counted()).toEqual([true, true])
    await record({ gatewayId, leaving: true }, later(1))
    expect(await leftAt()).toEqual(later(1))
    expect(await counted()).toEqual([false, false])
    await record({ gatewayId }, later(2))
    expect(await leftAt()).toBeNull()
    expect(await counted()).toEqual([true, true])
  })

  it('of long ago is forgotten with its attestations, and nothing of others is', async () => {
    const before = later(-1_000)
    await record({ gatewayId: 'long-gone', applied: applied(1), tenants: { acme: figures() } }, later(-1_001))
    await record({ gatewayId: 'just-there', applied: applied(1) }, before)
    const known = async (id: string) => {
      const [gateway, attested] = await database.db.platform(
        async (tx) => [await gateways.byId(tx, id), await gateways.attestations(tx, id, 9)] as const,
      )
      return [gateway?.gatewayId, attested.length]
    }
    expect(await database.db.worker((tx) => gateways.forget(tx, before))).toBe(1)
    expect(await known('long-gone')).toEqual([undefined, 0])
    expect(await known('just-there')).toEqual(['just-there', 1])
  })

  it('attests a version by its first hearing', async () => {
    await record({ gatewayId: 'attesting', applied: applied(7, 1) }, later(2))
    await record({ gatewayId: 'attesting', applied: applied(7, 1) }, later(9))
    await record({ gatewayId: 'attesting', applied: applied(8, 10) }, later(11))
    const found = await database.db.platform((tx) => gateways.attestations(tx, 'attesting', 10))
    expect(found).toEqual([
      { version: 8, sha256: sha256('a'), appliedAt: later(10), receivedAt: later(11), savedAt: null },
      { version: 7, sha256: sha256('a'), appliedAt: later(1), receivedAt: later(2), savedAt: null },
    ])
  })

  it.each([
    ['a figure that is no number', { tenants: { acme: figures({ samplesPerSecond: Number.NaN }) } }],
    ['a negative figure', { tenants: { acme: figures({ activeSeries: -1 }) } }],
    ['an id that is no host name', { gatewayId: 'Gateway 1' }],
  ])('with %s is refused whole', async (_, over) => {
    await expect(record({ gatewayId: 'refused-whole', ...over })).rejects.toThrow()
    expect(await database.db.platform((tx) => gateways.byId(tx, 'refused-whole'))).toBeNull()
  })

  it('of 40 gateways at once with 50 tenants each all land', async () => {
    const ids = Array.from({ length: 50 }, (_, i) => `many-${i}`)
    await database.db.platform(async (tx) => {
      for (const id of ids)
        await tenants.create(tx, { id, name: id, plan: 'standard', envelope: {} }, { by: pat, reason: 'new', at: noon })
    })
    const sent = Object.fromEntries(ids.map((id) => [id, figures()]))
    const round = (at: Date) => inBatches(40, (i) => record({ gatewayId: `crowd-${i}`, tenants: sent }, at))
    await round(later(1_000))
    await round(later(1_001))
    const live = await database.db.platform((tx) => gateways.liveDemands(tx, later(1_001), later(1_001)))
    expect(live.gatewayIds).toHaveLength(40)
    expect(live.demands.size).toBe(50)
    expect(live.demands.get('many-0')).toHaveLength(40)
  })
})

describe('live figures', () => {
  it('have the sketch of the newest heartbeat, if it carried one', async () => {
    const sketch = async (seriesSketch: string | undefined, at: number) => {
      await record({ gatewayId: 'sketcher', tenants: { acme: figures({ seriesSketch }) } }, later(at))
      const live = await database.db.platform((tx) => gateways.liveDemands(tx, later(at), later(at)))
      return live.demands.get('acme')?.find(({ gatewayId }) => gatewayId === 'sketcher')?.seriesSketch
    }
    expect(await sketch('0'.repeat(2_048), 1_500)).toBe('0'.repeat(2_048))
    expect(await sketch(undefined, 1_501)).toBeUndefined()
  })

  it('leave out gateways not heard of', async () => {
    const { db } = database
    const acme = figures({ refusedPerSecond: { rate: 2 } })
    await record({ gatewayId: 'live-a', tenants: { acme } }, later(2_000))
    await record({ gatewayId: 'live-b', tenants: { acme, globex: figures() } }, later(2_005))
    await record({ gatewayId: 'away', tenants: { acme } }, later(1_900))
    const demand = { samplesPerSecond: 120, requestsPerSecond: 12, activeSeries: 1_200, queriesPerSecond: 3 }
    const live = await db.platform((tx) => gateways.liveDemands(tx, later(1_990), later(1_990)))
    expect(live.gatewayIds).toEqual(['live-a', 'live-b'])
    expect(live.demands.get('acme')).toEqual([
      { gatewayId: 'live-a', ...demand },
      { gatewayId: 'live-b', ...demand },
    ])
    expect(live.demands.get('globex')).toEqual([{ gatewayId: 'live-b', ...demand }])
    const late = await db.platform((tx) => gateways.liveDemands(tx, later(1_990), later(2_001)))
    expect(late.demands.get('acme')).toEqual([
      { gatewayId: 'live-a', ...demand, late: true },
      { gatewayId: 'live-b', ...demand },
    ])
    expect(await db.tenant('acme', (tx) => usage.now(tx, 'acme', later(1_990)))).toEqual({
      gateways: 2,
      asOf: later(2_000),
      samplesPerSecond: 200,
      requestsPerSecond: 20,
      activeSeries: 2_000,
      refusedPerSecond: 4,
      refusedByReason: { rate: 4 },
    })
    const nothing = await db.tenant('acme', (tx) => usage.now(tx, 'acme', later(9_999)))
    expect(nothing).toMatchObject({ gateways: 0, asOf: null, samplesPerSecond: 0 })
  })
})

describe('a policy version', () => {
  it('carries what was saved before it, and nothing twice', async () => {
    const { db } = database
    await db.tenant('acme', (tx) => quotas.append(tx, revision()))
    await db.tenant('globex', (tx) => quotas.append(tx, revision({ tenantId: 'globex', createdAt: later(1) })))
    const { pending, ...source } = await db.worker((tx) => policyVersions.source(tx, noon))
    expect(source.tenants.find((tenant) => tenant.id === 'acme')).toEqual({
      id: 'acme',
      status: 'active',
      limits: revision().limits,
      readers: [],
    })
    const quotaCauses = pending.filter((cause) => cause.kind === 'quota')
    const cause = { kind: 'quota', revision: 1, by: ann, reason: 'launch day', tenantChangeId: null }
    expect(quotaCauses).toEqual([
      { ...cause, tenantId: 'acme', savedAt: noon },
      { ...cause, tenantId: 'globex', savedAt: later(1) },
    ])
    const version = await db.worker(async (tx) => {
      const next = await policyVersions.nextVersion(tx)
      await policyVersions.insert(tx, policyVersion(next))
      await policyVersions.carry(tx, next, pending)
      return next
    })
    expect((await db.worker((tx) => policyVersions.source(tx, noon))).pending).toEqual([])
    // Told again by a later version that saw them pending too, they stay with the first.
    await db.worker(async (tx) => {
      const next = await policyVersions.nextVersion(tx)
      await policyVersions.insert(tx, policyVersion(next))
      await policyVersions.carry(tx, next, pending)
    })
    expect((await db.tenant('globex', (tx) => quotas.byRevision(tx, 'globex', 1)))?.policyVersion).toBe(version)
  })

  it('goes its way step by step, and is superseded by the next', async () => {
    const { db } = database
    const [first, second] = await db.worker(async (tx) => {
      const numbers = [await policyVersions.nextVersion(tx), await policyVersions.nextVersion(tx)] as const
      for (const number of numbers) await policyVersions.insert(tx, policyVersion(number))
      return numbers
    })
    await db.worker(async (tx) => {
      await policyVersions.updateWave(tx, second, 'canary', { publishedAt: later(1) })
      await policyVersions.update(tx, second, { state: 'publishing', held: 'waits for x' })
      expect(await policyVersions.supersedeBefore(tx, second)).toBeGreaterThan(0)
      expect((await policyVersions.underway(tx)).map(({ version }) => version)).toEqual([second])
    })
    await db.platform(async (tx) => {
      expect((await policyVersions.progress(tx, first))?.state).toBe('superseded')
      const expected = { ...policyVersion(second), state: 'publishing', held: 'waits for x' }
      const waves = [
        { ring: 'canary', holdSeconds: 30, dueAt: noon, publishedAt: later(1), enforcedAt: null },
        { ring: 'fleet', holdSeconds: 30, dueAt: null, publishedAt: null, enforcedAt: null },
      ]
      expect(await policyVersions.latest(tx)).toMatchObject({ ...expected, waves })
      const page = await policyVersions.list(tx, { pageSize: 1 })
      expect(page.items.map(({ version }) => version)).toEqual([second])
      const next = await policyVersions.list(tx, { pageSize: 1, cursor: page.nextCursor })
      expect(next.items.map(({ version }) => version)).toEqual([first])
    })
    await expect(db.worker((tx) => policyVersions.update(tx, 99_999, { held: null }))).rejects.toThrow(
      'no policy version',
    )
  })

  it('is enforced by a gateway from its first attestation of it or of a newer one', async () => {
    await record({ gatewayId: 'way-1', applied: applied(50, 1) }, later(2))
    await record({ gatewayId: 'way-1', applied: applied(52, 5) }, later(6))
    await record({ gatewayId: 'way-2', applied: applied(49, 1) }, later(2))
    const rows = await database.db.platform((tx) => policyVersions.gatewayProgress(tx, [50, 51]))
    const of = (gatewayId: string) =>
      rows.filter((row) => row.gatewayId === gatewayId).map((row) => [row.version, row.enforced])
    const newer = { version: 52, appliedAt: later(5), receivedAt: later(6) }
    expect(of('way-1')).toEqual([
      [50, { version: 50, appliedAt: later(1), receivedAt: later(2) }],
      [51, newer],
    ])
    expect(of('way-2')).toEqual([
      [50, null],
      [51, null],
    ])
  })

  it('is what a ring is told, and what it was last good at', async () => {
    const { db } = database
    const state = {
      ring: 'fleet',
      version: 1,
      sha256: sha256('a'),
      publishedAt: noon,
      manifest: '{}',
      parameterVersion: 3,
    } as const
    await db.worker(async (tx) => {
      await policyVersions.setDesired(tx, state)
      await policyVersions.setLastGood(tx, 'fleet', 1)
      await policyVersions.setDesired(tx, { ...state, version: 2, parameterVersion: 4 })
    })
    const rings = await db.platform((tx) => policyVersions.ringStates(tx))
    expect(rings).toContainEqual({ ...state, version: 2, parameterVersion: 4, lastGoodVersion: 1 })
    expect(await record({ gatewayId: 'hinted', ring: 'fleet' })).toMatchObject({ desiredVersion: 2 })
  })

  it('and whoever missed it did so from the first version that did not reach it', async () => {
    const { db } = database
    await db.worker(async (tx) => {
      for (const version of [901, 902, 903, 904]) {
        await policyVersions.insert(tx, policyVersion(version))
        await policyVersions.updateWave(tx, version, 'canary', { publishedAt: later(version) })
        // The canary refused this one, so that the fleet never heard of it.
        if (version === 902) continue
        await policyVersions.updateWave(tx, version, 'fleet', {
          dueAt: later(version),
          publishedAt: later(version + 10),
        })
      }
      const state = { sha256: sha256('a'), publishedAt: later(999), manifest: '{}', parameterVersion: 9 }
      for (const ring of ['canary', 'fleet'] as const)
        await policyVersions.setDesired(tx, { ...state, ring, version: 904 })
    })
    await record({ gatewayId: 'missed', ring: 'fleet', applied: applied(901) })
    await record({ gatewayId: 'missed-canary', ring: 'canary', applied: applied(901) })
    await record({ gatewayId: 'in-sync', ring: 'fleet', applied: applied(904) })
    await record({ gatewayId: 'new', ring: 'fleet' })
    const { missedSince } = await db.platform((tx) => policyVersions.told(tx))
    expect(missedSince.get('missed')).toEqual(later(913))
    expect(missedSince.get('missed-canary')).toEqual(later(902))
    expect(missedSince.has('in-sync')).toBe(false)
    expect(missedSince.has('new')).toBe(false)
  })
})
