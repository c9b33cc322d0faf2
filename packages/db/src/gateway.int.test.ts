import { describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import * as attestations from './attestation.repository.ts'
import * as gateways from './gateway.repository.ts'
import * as gatewayStarts from './gatewayStart.repository.ts'
import * as gatewayTenants from './gatewayTenant.repository.ts'
import * as policyVersions from './policyVersions.ts'
import * as tenants from './tenant.repository.ts'
import { figures, heartbeat, inBatches, later, noon, pat, sha256, useDatabase } from './test/fixtures.ts'
import * as usage from './usage.repository.ts'

const database = useDatabase(useTestDatabase())
const record = (over: Partial<gateways.Heartbeat>, at = noon) =>
  database.db.platform((tx) => gateways.recordHeartbeat(tx, heartbeat(over), at))
const applied = (version: number, seconds = 0) => ({ version, sha256: sha256('a'), appliedAt: later(seconds) })

describe('a heartbeat', () => {
  it('reports what is new in it, once', async () => {
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

  it('of a gateway that comes back asks for a check of its formats, since it may not read newer ones', async () => {
    const gatewayId = 'back'
    const toCheck = async (seconds: number, over: Partial<gateways.Heartbeat> = {}) =>
      (await record({ gatewayId, ...over }, later(seconds))).formatsToCheck
    expect(await toCheck(0)).toBe(true)
    expect(await toCheck(15, { leaving: true })).toBe(false)
    expect(await toCheck(16)).toBe(true)
    expect(await toCheck(31)).toBe(false)
    expect(await toCheck(47)).toBe(true)
  })

  it("is the gateway's state until the next one", async () => {
    const refusedPerSecond = { rate: 4, 'active-series': 1, suspended: 30 }
    const acme = figures({ refusedPerSecond, refusedQueriesPerSecond: { suspended: 2 } })
    const sent = { acme, globex: figures() }
    const refused = { version: 5, reason: 'too old', at: noon }
    const unsaved = { version: 6, reason: 'ENOSPC: no space left on device', at: noon }
    await record({ gatewayId: 'state', applied: applied(4), refused, unsaved, tenants: sent })
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
      lostAt: null,
      endedAt: null,
      applied: applied(4),
      refused,
      unsaved,
      cpuRatio: 0.25,
      memoryBytes: 90_000_000,
      samplesPerSecond: 200,
      requestsPerSecond: 20,
      refusedPerSecond: 5,
      activeSeries: 2_000,
    })
    const on = () => db.platform((tx) => gatewayTenants.list(tx, 'state'))
    const refusals = { refusedByReason: refusedPerSecond, refusedQueriesByReason: { suspended: 2 } }
    expect(await on()).toMatchObject([{ tenantId: 'acme', refusedPerSecond: 5, ...refusals }, { tenantId: 'globex' }])
    const uncounted = () => db.platform(async (tx) => (await usage.refusedUncounted(tx)).get('state'))
    expect(await uncounted()).toEqual({ requests: 30, queries: 2 })
    await record({ gatewayId: 'state', tenants: { globex: figures({ samplesPerSecond: 9 }) } })
    const nothing = { refusedPerSecond: 0, refusedByReason: {}, refusedQueriesByReason: {} }
    expect(await on()).toEqual([{ tenantId: 'globex', samplesPerSecond: 9, activeSeries: 1_000, ...nothing }])
    expect(await uncounted()).toBeUndefined()
    await record({ gatewayId: 'state' })
    expect(await on()).toEqual([])
    expect(await db.platform((tx) => gateways.byId(tx, 'state'))).toMatchObject({ refused: null, unsaved: null })
    expect(await db.platform((tx) => gateways.byId(tx, 'nobody'))).toBeNull()
  })

  it('with tenants that do not exist is stored without them', async () => {
    await record({ gatewayId: 'stray', tenants: { nobody: figures(), acme: figures() } })
    const on = await database.db.platform((tx) => gatewayTenants.list(tx, 'stray'))
    expect(on.map((row) => row.tenantId)).toEqual(['acme'])
  })

  it('of a gateway that leaves takes it out of the fleet until it comes back', async () => {
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

  it('after Auto Scaling ended its instance, or before it does, shows that the gateway is there', async () => {
    const gatewayId = 'replaced'
    const { db } = database
    const now = async () => (await db.platform((tx) => gateways.byId(tx, gatewayId))) ?? expect.fail('unknown')
    const end = (known: gateways.Gateway) => db.worker((tx) => gateways.end(tx, known, later(5)))
    const followed = async () =>
      (await db.tenant('acme', (tx) => policyVersions.gatewayProgress(tx, [1]))).some((g) => g.gatewayId === gatewayId)
    await record({ gatewayId })
    const before = await now()
    await record({ gatewayId }, later(1))
    expect([await end(before), (await now()).endedAt, await followed()]).toEqual([false, null, true])
    expect(await end(await now())).toBe(true)
    expect([await end(await now()), (await now()).endedAt, await followed()]).toEqual([false, later(5), false])
    // It may be of a release that reads less than the others.
    expect(await record({ gatewayId }, later(2))).toMatchObject({ isNew: false, formatsToCheck: true })
    expect([(await now()).endedAt, await followed()]).toEqual([null, true])
    expect(await record({ gatewayId }, later(3))).toMatchObject({ formatsToCheck: false })
    await record({ gatewayId, leaving: true }, later(4))
    expect(await end(await now())).toBe(false)
  })

  it('of a new process adds a start, which says how the process before it ended', async () => {
    const gatewayId = 'restarting'
    const beat = (startedAt: Date, seconds: number, over: Partial<gateways.Heartbeat> = {}) =>
      record({ gatewayId, startedAt, ...over }, later(seconds))
    const { db } = database
    await beat(noon, 1)
    await beat(noon, 2)
    const [lost] = (await db.platform((tx) => gateways.list(tx))).filter((g) => g.gatewayId === gatewayId)
    if (!lost) throw new Error('the gateway is known')
    expect(await db.platform((tx) => gateways.lose(tx, lost, later(3)))).toBe(true)
    await beat(later(9), 10, { softwareVersion: '0.2.0' })
    await beat(later(9), 11, { leaving: true })
    await beat(later(20), 21)
    await beat(later(30), 31)
    const starts = await db.platform((tx) => gatewayStarts.list(tx, gatewayId, 9))
    expect(
      starts.map(({ startedAt, previousEndedAt, previousLeft }) => [startedAt, previousEndedAt, previousLeft]),
    ).toEqual([
      [later(30), later(21), false],
      [later(20), later(11), true],
      [later(9), later(3), false],
      [noon, null, null],
    ])
    expect(starts[2]).toMatchObject({ reportedAt: later(10), softwareVersion: '0.2.0' })
    expect((await db.platform((tx) => gatewayStarts.list(tx, null, 1))).length).toBe(1)
  })

  it('after a connection broke shows that the gateway is there, whichever process got it', async () => {
    const gatewayId = 'blinking'
    const { db } = database
    const now = async () => (await db.platform((tx) => gateways.byId(tx, gatewayId))) ?? expect.fail('unknown')
    const lose = async (known: gateways.Gateway) => db.platform((tx) => gateways.lose(tx, known, later(5)))
    await record({ gatewayId })
    const before = await now()
    await record({ gatewayId }, later(1))
    expect(await lose(before)).toBe(false)
    expect(await lose(await now())).toBe(true)
    expect((await now()).lostAt).toEqual(later(5))
    const late = async () => {
      const live = await db.platform((tx) => gateways.liveDemands(tx, noon, noon))
      return live.demands.get('acme')?.find((d) => d.gatewayId === gatewayId)?.late
    }
    await record({ gatewayId, tenants: { acme: figures() } }, later(6))
    expect([(await now()).lostAt, await late()]).toEqual([null, undefined])
    expect(await lose(await now())).toBe(true)
    expect(await late()).toBe(true)
    await record({ gatewayId, leaving: true }, later(7))
    expect(await lose(await now())).toBe(false)
  })

  it('of long ago is deleted with its attestations, but nothing of other gateways', async () => {
    const before = later(-1_000)
    await record({ gatewayId: 'long-gone', applied: applied(1), tenants: { acme: figures() } }, later(-1_001))
    await record({ gatewayId: 'just-there', applied: applied(1) }, before)
    const known = async (id: string) => {
      const [gateway, attested] = await database.db.platform(
        async (tx) => [await gateways.byId(tx, id), await attestations.newest(tx, id, 9)] as const,
      )
      return [gateway?.gatewayId, attested.length]
    }
    expect(await database.db.worker((tx) => gateways.forget(tx, before))).toBe(1)
    expect(await known('long-gone')).toEqual([undefined, 0])
    expect(await known('just-there')).toEqual(['just-there', 1])
  })

  it('attests a version only the first time', async () => {
    await record({ gatewayId: 'attesting', applied: applied(7, 1) }, later(2))
    await record({ gatewayId: 'attesting', applied: applied(7, 1) }, later(9))
    await record({ gatewayId: 'attesting', applied: applied(8, 10) }, later(11))
    const found = await database.db.platform((tx) => attestations.newest(tx, 'attesting', 10))
    expect(found).toEqual([
      { version: 8, sha256: sha256('a'), appliedAt: later(10), receivedAt: later(11), savedAt: null },
      { version: 7, sha256: sha256('a'), appliedAt: later(1), receivedAt: later(2), savedAt: null },
    ])
  })

  it('is found among the newest of a time by when it was applied, as its starts are', async () => {
    const at = (seconds: number) => ({ gatewayId: 'timed', startedAt: later(seconds < 5_010 ? 5_000 : 5_010) })
    for (const [version, seconds] of [
      [1, 5_001],
      [2, 5_002],
      [3, 5_011],
    ] as const) {
      await record({ ...at(seconds), applied: applied(version, seconds) }, later(version))
    }
    const between = (from: number, to: number, count = 9) =>
      database.db.platform(async (tx) => {
        const time = { from: later(from), to: later(to) }
        const versions = await attestations.between(tx, 'timed', time, count)
        const starts = await gatewayStarts.between(tx, 'timed', time, count)
        return [versions.map(({ version }) => version), starts.map(({ startedAt }) => startedAt)]
      })
    expect(await between(5_002, 5_020)).toEqual([[3, 2], [later(5_010)]])
    expect(await between(5_000, 5_009)).toEqual([[2, 1], [later(5_000)]])
    expect(await between(5_000, 5_020, 1)).toEqual([[3], [later(5_010)]])
    expect(
      await database.db.platform((tx) => gatewayStarts.between(tx, null, { from: later(5_010), to: later(5_010) }, 9)),
    ).toHaveLength(1)
  })

  it.each([
    ['a figure that is not a number', { tenants: { acme: figures({ samplesPerSecond: Number.NaN }) } }],
    ['a negative figure', { tenants: { acme: figures({ activeSeries: -1 }) } }],
    ['an id of the wrong form', { gatewayId: 'Gateway 1' }],
  ])('with %s is rejected as a whole', async (_, over) => {
    await expect(record({ gatewayId: 'refused-whole', ...over })).rejects.toThrow()
    expect(await database.db.platform((tx) => gateways.byId(tx, 'refused-whole'))).toBeNull()
  })

  it('of each of 40 gateways with 50 tenants is stored, if all come at once', async () => {
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
