import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import { NotFound, StaleRevision } from './errors.ts'
import * as quotas from './quota.repository.ts'
import * as tenants from './tenant.repository.ts'
import { ann, createTenant, later, revision, useDatabase } from './test/fixtures.ts'

const database = useDatabase(useTestDatabase())

async function withTenant(id: string): Promise<string> {
  await createTenant(database.db, id)
  return id
}

describe('a quota', () => {
  it('starts at revision 0 without limits of its own', async () => {
    const head = await database.db.tenant('acme', (tx) => quotas.head(tx, 'acme'))
    expect(head).toEqual({ revision: 0, limits: {} })
  })

  it('has its newest revision as head, and keeps each revision as it was written', async () => {
    const tenantId = await withTenant('written')
    const boost = revision({ tenantId, endsAt: later(3_600), limits: { 'series.activeMax': null } })
    await database.db.tenant(tenantId, async (tx) => {
      expect(await quotas.append(tx, boost)).toBe(1)
      expect(await quotas.append(tx, revision({ tenantId, baseRevision: 1 }))).toBe(2)
      const { baseRevision, ...written } = boost
      expect(await quotas.byRevision(tx, tenantId, 1)).toEqual({ ...written, revision: 1, policyVersion: null })
      expect(await quotas.head(tx, tenantId)).toEqual({ revision: 2, limits: revision().limits })
      expect(await quotas.byRevision(tx, tenantId, 3)).toBeNull()
    })
  })

  it('accepts one of 20 edits at once; the others get the revision that won', async () => {
    const tenantId = await withTenant('contended')
    const edits = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        database.db.tenant(tenantId, (tx) =>
          quotas.append(tx, revision({ tenantId, limits: { 'series.activeMax': i + 1 } })),
        ),
      ),
    )
    const lost = edits.flatMap((edit) => (edit.status === 'rejected' ? [edit.reason] : []))
    expect(edits.filter((edit) => edit.status === 'fulfilled')).toEqual([{ status: 'fulfilled', value: 1 }])
    expect(lost).toHaveLength(19)
    for (const error of lost) expect(error).toMatchObject({ name: 'StaleRevision', currentRevision: 1 })
    const { head, history } = await database.db.tenant(tenantId, async (tx) => ({
      head: await quotas.head(tx, tenantId),
      history: await quotas.history(tx, tenantId, { pageSize: 50 }),
    }))
    expect(history.items).toHaveLength(1)
    expect(head?.limits).toEqual(history.items[0]?.limits)
  })

  it('of an unknown tenant is not found, and a base revision that does not exist yet is stale', async () => {
    await expect(
      database.db.platform((tx) => quotas.append(tx, revision({ tenantId: 'nobody' }))),
    ).rejects.toBeInstanceOf(NotFound)
    const tenantId = await withTenant('from-the-future')
    await expect(
      database.db.tenant(tenantId, (tx) => quotas.append(tx, revision({ tenantId, baseRevision: 5 }))),
    ).rejects.toBeInstanceOf(StaleRevision)
  })

  it('keeps the values of limits that only a newer API knows, in the head and in the history', async () => {
    const tenantId = await withTenant('rolled-back')
    const owner = new pg.Client({ connectionString: database.urls.admin })
    await owner.connect()
    try {
      const newer = { 'series.activeMax': 5, 'spans.perSecond': 7 }
      await owner.query('UPDATE tenant_quota SET limits = $1 WHERE tenant_id = $2', [newer, tenantId])
      await owner.query('UPDATE tenant SET envelope = $1 WHERE id = $2', [
        { 'series.activeMax': { min: 1, max: 5 }, 'spans.perSecond': { min: 1, max: 9 } },
        tenantId,
      ])
      await database.db.tenant(tenantId, (tx) => quotas.append(tx, revision({ tenantId })))
      await database.db.platform(async (tx) => {
        const base = (await tenants.byId(tx, tenantId))?.envelope ?? {}
        await tenants.setEnvelope(tx, tenantId, base, { 'query.concurrentMax': { min: 1, max: 2 } })
      })
      const limits = { 'ingest.samplesPerSecond': 20_000, 'spans.perSecond': 7 }
      const { rows } = await owner.query(
        `SELECT q.limits AS head, r.limits AS history, t.envelope FROM tenant_quota q
         JOIN quota_revision r USING (tenant_id, revision) JOIN tenant t ON t.id = tenant_id WHERE tenant_id = $1`,
        [tenantId],
      )
      const envelope = { 'query.concurrentMax': { min: 1, max: 2 }, 'spans.perSecond': { min: 1, max: 9 } }
      expect(rows).toEqual([{ head: limits, history: limits, envelope }])
    } finally {
      await owner.end()
    }
  })

  it('has its history in pages, newest first, without gaps or duplicates', async () => {
    const tenantId = await withTenant('paged')
    await database.db.tenant(tenantId, async (tx) => {
      for (let i = 0; i < 7; i++) await quotas.append(tx, revision({ tenantId, baseRevision: i }))
    })
    const revisions: number[] = []
    let cursor: string | null = null
    do {
      const page = await database.db.tenant(tenantId, (tx) => quotas.history(tx, tenantId, { cursor, pageSize: 3 }))
      revisions.push(...page.items.map((item) => item.revision))
      cursor = page.nextCursor
    } while (cursor)
    expect(revisions).toEqual([7, 6, 5, 4, 3, 2, 1])
  })

  it('lists its changes in a time range, after the one that was in force at its start', async () => {
    const tenantId = await withTenant('ranged')
    await database.db.tenant(tenantId, async (tx) => {
      for (let i = 0; i < 5; i++) await quotas.append(tx, revision({ tenantId, baseRevision: i, createdAt: later(i) }))
      const found = await quotas.between(tx, tenantId, later(2), later(3))
      expect(found.map((item) => item.revision)).toEqual([2, 3, 4])
      expect(await quotas.between(tx, tenantId, later(-9), later(-8))).toEqual([])
    })
  })

  it('has a sum over all active tenants, with the default for a tenant without its own value', async () => {
    const { db } = database
    const sum = () => db.platform((tx) => quotas.fleetTotal(tx, 'labels.nameBytesMax', 10))
    const before = await sum()
    const tenantId = await withTenant('summed')
    expect(await sum()).toBe(before + 10)
    await db.tenant(tenantId, (tx) =>
      quotas.append(tx, revision({ tenantId, limits: { 'labels.nameBytesMax': 64, 'series.activeMax': null } })),
    )
    expect(await sum()).toBe(before + 64)
  })

  it.each([
    ['ends before it begins', { endsAt: later(-1) }, 'quota_revision_ends_later'],
    ['has no reason', { reason: '' }, 'quota_revision_reason'],
    ['is approved by its requester', { approvedBy: ann }, 'quota_revision_four_eyes'],
    ['reverts itself', { revertsRevision: 1 }, 'quota_revision_reverts_an_earlier'],
    ['comes from an unknown request', { changeRequestId: crypto.randomUUID() }, 'change_request_id_fkey'],
  ])('rejects a revision that %s', async (what, over, constraint) => {
    const tenantId = await withTenant(what.replaceAll(' ', '-'))
    await expect(database.db.platform((tx) => quotas.append(tx, revision({ tenantId, ...over })))).rejects.toThrow(
      constraint,
    )
  })
})

describe('a boost', () => {
  it('runs until it is ended, which works once, and is due from its end time on', async () => {
    const tenantId = await withTenant('boosted')
    const { db } = database
    await db.tenant(tenantId, (tx) => quotas.append(tx, revision({ tenantId, endsAt: later(60) })))
    const boost = { tenantId, revision: 1, endsAt: later(60), changes: revision().changes }
    expect(await db.tenant(tenantId, (tx) => quotas.runningBoosts(tx, tenantId))).toEqual([boost])
    await db.worker(async (tx) => {
      expect(await quotas.boostsDue(tx, later(59), 10)).toEqual([])
      expect(await quotas.boostsDue(tx, later(60), 10)).toEqual([boost])
      expect(
        await quotas.append(tx, revision({ tenantId, baseRevision: 1, createdAt: later(60), revertsRevision: 1 })),
      ).toBe(2)
      expect(await quotas.endBoost(tx, tenantId, 1, later(60))).toBe(true)
      expect(await quotas.endBoost(tx, tenantId, 1, later(61))).toBe(false)
      expect(await quotas.boostsDue(tx, later(99), 10)).toEqual([])
    })
    expect(await db.tenant(tenantId, (tx) => quotas.runningBoosts(tx, tenantId))).toEqual([])
    await expect(
      db.worker((tx) => quotas.append(tx, revision({ tenantId, baseRevision: 2, revertsRevision: 1 }))),
    ).rejects.toThrow()
  })
})
