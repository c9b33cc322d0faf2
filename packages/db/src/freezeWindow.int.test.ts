import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import * as freezeWindows from './freezeWindow.repository.ts'
import { ann, later, noon, pat, useDatabase } from './test/fixtures.ts'

const urls = useTestDatabase()
const database = useDatabase(urls)
type New = Parameters<typeof freezeWindows.create>[1]

const create = async (over: Partial<New> = {}) => {
  const window: New = {
    ...{ id: randomUUID(), reason: 'the season begins', startsAt: noon, endsAt: later(3_600) },
    ...{ environments: ['production'], by: ann, createdAt: later(-60) },
    ...over,
  }
  await database.db.platform((tx) => freezeWindows.create(tx, window))
  return window
}
const ids = (windows: readonly { id: string }[]) => windows.map(({ id }) => id)

describe('a freeze window', () => {
  it('is ahead until it ends, and is listed with who made and who ended it', async () => {
    const { db } = database
    const whole = await create()
    const ended = await create({ environments: [], startsAt: later(-60) })
    const cancelled = await create({ startsAt: later(7_200), endsAt: later(9_000) })
    const ahead = (at: Date) => db.platform((tx) => freezeWindows.ahead(tx, at))
    expect(ids(await ahead(noon))).toEqual([ended.id, whole.id, cancelled.id])
    const act = { by: pat, reason: 'done sooner' }
    expect(await db.platform((tx) => freezeWindows.end(tx, ended.id, later(600), act))).toBe(true)
    expect(await db.platform((tx) => freezeWindows.end(tx, cancelled.id, later(601), act))).toBe(true)
    expect(await db.platform((tx) => freezeWindows.end(tx, ended.id, later(602), act))).toBe(false)
    expect(await ahead(later(700))).toEqual([{ ...whole, until: whole.endsAt, ended: null }])
    expect(await ahead(later(3_600))).toEqual([])
    const page = (cursor: string | null) => db.platform((tx) => freezeWindows.list(tx, { pageSize: 2, cursor }))
    const first = await page(null)
    expect(ids(first.items)).toEqual([whole.id, cancelled.id])
    expect(await page(first.nextCursor)).toEqual({
      items: [{ ...ended, until: later(600), ended: act }],
      nextCursor: null,
    })
    expect(await db.platform((tx) => freezeWindows.byId(tx, ended.id))).toMatchObject({ ended: act })
    expect(await db.platform((tx) => freezeWindows.byId(tx, randomUUID()))).toBeNull()
  })

  it.each<[string, Partial<New>]>([
    ['freeze_window_length', { endsAt: noon }],
    ['freeze_window_reasons', { reason: '' }],
  ])('can’t break the rule %s: %o', async (rule, over) => {
    await expect(create(over)).rejects.toThrow(rule)
  })

  it('can’t be removed or made longer', async () => {
    await create()
    const client = new pg.Client({ connectionString: urls.platform })
    await client.connect()
    try {
      for (const sql of ['DELETE FROM freeze_window', 'UPDATE freeze_window SET ends_at = now()'])
        await expect(client.query(sql)).rejects.toThrow('permission denied')
      const by = `ended_by_subject = 'x', ended_by_name = 'x'`
      const longer = `UPDATE freeze_window SET until = ends_at + interval '1 s', ended_reason = 'x', ${by}`
      await expect(client.query(longer)).rejects.toThrow('freeze_window_until')
      const silently = `UPDATE freeze_window SET until = starts_at WHERE ended_reason IS NULL`
      await expect(client.query(silently)).rejects.toThrow('freeze_window_ended_whole')
    } finally {
      await client.end()
    }
  })
})
