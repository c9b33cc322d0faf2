import { type Envelope, resolveLimits } from '@tickwatch/policy'
import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import { AlreadyExists, BadCursor, NotFound, StaleEnvelope } from './errors.ts'
import * as gateways from './gateway.repository.ts'
import * as policyVersions from './policyVersion.repository.ts'
import * as quotas from './quota.repository.ts'
import * as tenants from './tenant.repository.ts'
import { figures, heartbeat, later, noon, pat, revision, useDatabase } from './test/fixtures.ts'
import * as usage from './usage.repository.ts'

const database = useDatabase(useTestDatabase())
const act = { by: pat, reason: 'because', at: noon }

describe('tenants', () => {
  // Some have equal names and times, so that only the id differs.
  const ids = Array.from({ length: 9 }, (_, i) => `t-${i}`)
  beforeAll(async () => {
    await database.db.platform(async (tx) => {
      for (const [i, id] of ids.entries()) {
        const tenant = { id, name: `Studio ${i % 3}`, plan: 'standard', envelope: {} }
        await tenants.create(tx, tenant, { ...act, at: later(i % 2) })
      }
      const busy = Object.fromEntries(ids.map((id, i) => [id, figures({ samplesPerSecond: i % 4 })]))
      await gateways.recordHeartbeat(tx, heartbeat({ gatewayId: 'live-1', tenants: busy }), noon)
      await gateways.recordHeartbeat(tx, heartbeat({ gatewayId: 'live-2', tenants: busy }), noon)
      await gateways.recordHeartbeat(tx, heartbeat({ gatewayId: 'gone', tenants: busy }), later(-60))
    })
    await database.db.tenant('t-1', (tx) => quotas.append(tx, revision({ tenantId: 't-1' })))
    await sumTraffic()
  })
  const sumTraffic = () => database.db.worker((tx) => usage.sumTraffic(tx, later(-15)))

  const request = { sort: 'id', direction: 'asc', pageSize: 2, heartbeatAfter: later(-15) } as const
  async function walk(over: Partial<tenants.TenantListRequest>): Promise<tenants.TenantListRow[]> {
    const rows: tenants.TenantListRow[] = []
    let cursor: string | null = null
    do {
      const page = await database.db.platform((tx) => tenants.list(tx, { ...request, ...over, cursor }))
      rows.push(...page.items)
      cursor = page.nextCursor
    } while (cursor)
    return rows
  }

  /** Of the limit that the tenant uses most. */
  const ratioOf = ({ limits, samplesPerSecond, requestsPerSecond, activeSeries }: tenants.TenantListRow) => {
    const max = resolveLimits(limits)
    return Math.max(
      samplesPerSecond / max['ingest.samplesPerSecond'],
      requestsPerSecond / max['ingest.requestsPerSecond'],
      activeSeries / max['series.activeMax'],
    )
  }

  it.each(['id', 'name', 'createdAt', 'samplesPerSecond', 'usedRatio'] as const)(
    'are listed in pages by %s, in both directions, without gaps or duplicates',
    async (sort) => {
      const up = await walk({ sort, search: 't-' })
      const value = (row: tenants.TenantListRow) =>
        sort === 'usedRatio' ? ratioOf(row) : row[sort] instanceof Date ? Number(row[sort]) : row[sort]
      const order = (a: tenants.TenantListRow, b: tenants.TenantListRow) =>
        value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : a.id < b.id ? -1 : 1
      expect(up.map((row) => row.id)).toEqual(up.toSorted(order).map((row) => row.id))
      expect(up).toHaveLength(ids.length)
      const down = await walk({ sort, search: 't-', direction: 'desc' })
      expect(down).toEqual(up.toReversed())
    },
  )

  it('are sorted by their stored traffic on all live gateways', async () => {
    const traffic = async () =>
      (await walk({ sort: 'samplesPerSecond', direction: 'desc', search: 't-' })).map((t) => t.samplesPerSecond)
    expect(await traffic()).toEqual([6, 6, 4, 4, 2, 2, 0, 0, 0])
    const still = heartbeat({ gatewayId: 'live-2', tenants: { 't-8': figures({ samplesPerSecond: 9 }) } })
    const before = heartbeat({
      gatewayId: 'live-2',
      tenants: Object.fromEntries(ids.map((id, i) => [id, figures({ samplesPerSecond: i % 4 })])),
    })
    await database.db.platform((tx) => gateways.recordHeartbeat(tx, still, noon))
    await sumTraffic()
    expect(await traffic()).toEqual([9, 3, 3, 2, 2, 1, 1, 0, 0])
    await database.db.platform((tx) => gateways.recordHeartbeat(tx, before, noon))
    await sumTraffic()
    expect(await traffic()).toEqual([6, 6, 4, 4, 2, 2, 0, 0, 0])
  })

  it('are sorted by the share that they use of the limit of which they use most, also right after a change of it', async () => {
    const shares = async () =>
      (await walk({ sort: 'usedRatio', direction: 'desc', search: 't-' })).map((t) => [t.id, ratioOf(t)] as const)
    const before = await shares()
    expect(before.map(([, share]) => share)).toEqual(before.map(([, share]) => share).toSorted((a, b) => b - a))
    const limits = { 'series.activeMax': 2_001 }
    await database.db.tenant('t-4', (tx) => quotas.append(tx, revision({ tenantId: 't-4', limits })))
    const [first] = await shares()
    expect(first?.[0]).toBe('t-4')
    expect(first?.[1]).toBeCloseTo(2_000 / 2_001)
  })

  it('are listed with their own limits and their traffic on all live gateways', async () => {
    const [row] = await walk({ search: 't-1' })
    expect(row).toEqual({
      id: 't-1',
      name: 'Studio 1',
      plan: 'standard',
      status: 'active',
      envelope: {},
      createdAt: later(1),
      limits: revision().limits,
      samplesPerSecond: 2,
      requestsPerSecond: 20,
      activeSeries: 2_000,
      refusedByReason: {},
      refusedQueriesByReason: {},
    })
  })

  it('are found by a part of the id or name, in upper or lower case, and not by a wildcard', async () => {
    expect((await walk({ search: 'sTuDiO 2' })).map((row) => row.id)).toEqual(['t-2', 't-5', 't-8'])
    expect(await walk({ search: '%' })).toEqual([])
    expect(await walk({ search: '_-' })).toEqual([])
  })

  it('reject a cursor of another sort order', async () => {
    const page = await database.db.platform((tx) => tenants.list(tx, request))
    const cursor = page.nextCursor
    await expect(
      database.db.platform((tx) => tenants.list(tx, { ...request, sort: 'name', cursor })),
    ).rejects.toBeInstanceOf(BadCursor)
  })

  it('are created once, with an id that a SPIFFE path may contain', async () => {
    const create = (id: string) =>
      database.db.platform((tx) => tenants.create(tx, { id, name: 'x', plan: 'x', envelope: {} }, act))
    await expect(create('acme')).rejects.toBeInstanceOf(AlreadyExists)
    for (const id of ['Acme', 'a', 'a_b', '-ab', 'a/b']) await expect(create(id)).rejects.toThrow('tenant_id_form')
  })

  it('are suspended and resumed, each a change that the next policy version carries', async () => {
    const { db } = database
    const set = (status: 'active' | 'suspended') => db.platform((tx) => tenants.setStatus(tx, 't-0', status, act))
    expect(await set('suspended')).toBe('active')
    expect(await set('suspended')).toBe('suspended')
    expect((await walk({ status: 'suspended' })).map((row) => row.id)).toEqual(['t-0'])
    const { pending, tenants: sources } = await db.worker((tx) => policyVersions.source(tx, noon))
    expect(pending.filter((cause) => cause.kind === 'tenant' && cause.tenantId === 't-0')).toHaveLength(2)
    expect(sources.find((tenant) => tenant.id === 't-0')?.status).toBe('suspended')
    expect(await set('active')).toBe('suspended')
    await expect(db.platform((tx) => tenants.setStatus(tx, 'nobody', 'active', act))).rejects.toBeInstanceOf(NotFound)
  })

  it('get another envelope only from a caller that read the current one', async () => {
    const { db } = database
    const envelope = { 'series.activeMax': { min: 1, max: 5 } }
    const set = (id: string, base: Envelope, next: Envelope) =>
      db.platform((tx) => tenants.setEnvelope(tx, id, base, next))
    await set('t-0', {}, envelope)
    await expect(set('t-0', {}, { 'series.activeMax': { min: 1, max: 9 } })).rejects.toBeInstanceOf(StaleEnvelope)
    expect((await db.platform((tx) => tenants.byId(tx, 't-0')))?.envelope).toEqual(envelope)
    await set('t-0', envelope, {})
    await expect(set('nobody', {}, {})).rejects.toBeInstanceOf(NotFound)
    const found = await db.platform((tx) => tenants.byIds(tx, ['t-1', 'nobody', 't-0']))
    expect(found.map((tenant) => tenant.id)).toEqual(['t-0', 't-1'])
  })

  it('use the defaults of the platform', async () => {
    const { db } = database
    const owner = new pg.Client({ connectionString: database.urls.owner })
    await owner.connect()
    await owner.query(`UPDATE platform_defaults SET limits = '{"series.activeMax": 7}'`)
    await owner.end()
    expect(await db.tenant('acme', (tx) => tenants.platformDefaults(tx))).toEqual({ 'series.activeMax': 7 })
  })
})

describe('near a limit', () => {
  const near = (ratioMin: number) =>
    database.db.platform((tx) =>
      usage.nearLimit(tx, {
        heartbeatAfter: later(500),
        ratioMin,
        count: 10,
        platformDefaults: { 'series.activeMax': 400 },
      }),
    )

  it('are the tenants that use most of a limit over all live gateways, with that limit', async () => {
    const { db } = database
    await db.tenant('globex', (tx) =>
      quotas.append(tx, revision({ tenantId: 'globex', limits: { 'ingest.samplesPerSecond': 1_000 } })),
    )
    const sent = {
      globex: figures({ samplesPerSecond: 475, activeSeries: 100 }),
      acme: figures({ activeSeries: 160 }),
    }
    await db.platform(async (tx) => {
      for (const gatewayId of ['near-1', 'near-2'])
        await gateways.recordHeartbeat(tx, heartbeat({ gatewayId, tenants: sent }), later(500))
    })
    const rest = { refusedByReason: {}, refusedQueriesByReason: {} }
    expect(await near(0.8)).toEqual([
      {
        tenantId: 'globex',
        name: 'globex Games',
        limit: 'ingest.samplesPerSecond',
        used: 950,
        max: 1_000,
        ratio: 0.95,
        ...rest,
      },
      { tenantId: 'acme', name: 'acme Games', limit: 'series.activeMax', used: 320, max: 400, ratio: 0.8, ...rest },
    ])
    expect(await near(0.96)).toEqual([])

    // If one gateway flags the tenant, the use on all gateways counts. If none does, the tenant is not near.
    const beat = (gatewayId: string, partUsedRatio: number) => {
      const tenants = Object.fromEntries(Object.entries(sent).map(([id, saw]) => [id, { ...saw, partUsedRatio }]))
      return db.platform((tx) => gateways.recordHeartbeat(tx, heartbeat({ gatewayId, tenants }), later(501)))
    }
    await beat('near-1', 0.2)
    expect((await near(0.8)).map(({ used }) => used)).toEqual([950, 320])
    await beat('near-2', 0.59)
    expect(await near(0.8)).toEqual([])
    await beat('near-1', 0.6)
    expect((await near(0.8)).map(({ used }) => used)).toEqual([950, 320])
  })

  it('come after the tenants that are refused something, however little these use', async () => {
    const beat = (leaves: boolean) => {
      const refused = { refusedPerSecond: { 'label-invalid': 3 }, refusedQueriesPerSecond: { 'query-rate': 2 } }
      const acme = figures({ activeSeries: 4, partUsedRatio: 0.01, ...refused })
      const beaten = heartbeat({ gatewayId: 'near-3', tenants: { acme }, leaving: leaves })
      return database.db.platform((tx) => gateways.recordHeartbeat(tx, beaten, later(502)))
    }
    await beat(false)
    const found = await near(0.8)
    expect(found.map(({ tenantId }) => tenantId)).toEqual(['acme', 'globex'])
    expect(found.map(({ refusedByReason }) => refusedByReason)).toEqual([{ 'label-invalid': 3 }, {}])
    expect(found.map(({ refusedQueriesByReason }) => refusedQueriesByReason)).toEqual([{ 'query-rate': 2 }, {}])
    // What a gateway reported before it stopped says nothing about now.
    await beat(true)
    expect((await near(0.8)).map(({ refusedByReason }) => refusedByReason)).toEqual([{}, {}])
  })
})
