import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import * as changeRequests from './changeRequest.repository.ts'
import * as maintenance from './maintenance.repository.ts'
import { ann, createTenant, later, noon, pat, sha256, useDatabase } from './test/fixtures.ts'

const urls = useTestDatabase()
const database = useDatabase(urls)
type New = Parameters<typeof maintenance.create>[1]

beforeAll(() => createTenant(database.db, 'tickwatch'))

/** Creates a window with its request. */
const create = (over: Partial<New> = {}) =>
  database.db.platform(async (tx) => {
    const [id, changeRequestId] = [randomUUID(), randomUUID()]
    const subject = { kind: 'maintenance', id, content: {}, sha256: sha256('a') }
    const asked = {
      id: changeRequestId,
      tenantId: 'tickwatch',
      createdAt: noon,
      by: ann,
      reason: 'an upgrade',
      subject,
      approversNeeded: 1,
    }
    await changeRequests.createOf(tx, asked)
    const window: New = {
      ...{ id, changeRequestId, sloId: 'freshness', labels: null, startsAt: noon, endsAt: later(3_600) },
      ...{ by: ann, reason: 'an upgrade', approvedAt: noon, approvedBy: pat },
      ...over,
    }
    await maintenance.create(tx, window)
    return window
  })
const ids = (windows: readonly { id: string }[]) => windows.map(({ id }) => id)

describe('a maintenance window', () => {
  it('is ahead until it ends, then past, and one that was ended early is past from then on', async () => {
    const { db } = database
    const whole = await create({ labels: { tenant_id: 'acme' } })
    const ended = await create({ sloId: null, startsAt: later(-60) })
    const cancelled = await create({ startsAt: later(7_200), endsAt: later(9_000) })
    const ahead = (at: Date) => db.platform((tx) => maintenance.ahead(tx, at))
    expect(ids(await ahead(noon))).toEqual([ended.id, whole.id, cancelled.id])
    const act = { by: pat, reason: 'done sooner' }
    expect(await db.platform((tx) => maintenance.end(tx, ended.id, later(600), act))).toBe(true)
    expect(await db.platform((tx) => maintenance.end(tx, cancelled.id, later(601), act))).toBe(true)
    expect(await db.platform((tx) => maintenance.end(tx, ended.id, later(602), act))).toBe(false)
    expect(ids(await ahead(later(700)))).toEqual([whole.id])
    expect(await ahead(later(3_600))).toEqual([])
    const past = (cursor: string | null) =>
      db.platform((tx) => maintenance.past(tx, later(3_600), { pageSize: 2, cursor }))
    const first = await past(null)
    expect(ids(first.items)).toEqual([whole.id, cancelled.id])
    const rest = await past(first.nextCursor)
    expect(rest).toMatchObject({ items: [{ id: ended.id, until: later(600), ended: act, endsAt: later(3_600) }] })
    const counted = await maintenance.counted(db, later(700).getTime())
    // What was cancelled excludes nothing.
    expect(ids(counted)).toEqual([ended.id, whole.id])
    expect(counted[1]).toEqual({ ...whole, until: whole.endsAt, ended: null })
    expect(await maintenance.counted(db, later(101 * 86_400).getTime())).toEqual([])
  })

  it.each<[string, Partial<New>]>([
    ['maintenance_window_length', { endsAt: later(7 * 86_400 + 1) }],
    ['maintenance_window_length', { endsAt: noon }],
    ['maintenance_window_in_time', { approvedAt: later(3_601) }],
    ['maintenance_window_four_eyes', { approvedBy: ann }],
    ['maintenance_window_group', { sloId: null, labels: { tenant_id: 'acme' } }],
    ['maintenance_window_slo_id_fkey', { sloId: 'no-such' }],
  ])('can’t break the rule %s: %o', async (rule, over) => {
    await expect(create(over)).rejects.toThrow(new RegExp(`${rule}|Foreign key`))
  })

  it('can’t be removed or made longer', async () => {
    const client = new pg.Client({ connectionString: urls.platform })
    await client.connect()
    try {
      for (const sql of ['DELETE FROM maintenance_window', 'UPDATE maintenance_window SET ends_at = now()'])
        await expect(client.query(sql)).rejects.toThrow('permission denied')
      await expect(
        client.query(
          `UPDATE maintenance_window SET until = ends_at + interval '1 s', ended_reason = 'x', ended_by_subject = 'x', ended_by_name = 'x'`,
        ),
      ).rejects.toThrow('maintenance_window_until')
    } finally {
      await client.end()
    }
  })
})
