import { randomUUID } from 'node:crypto'
import { builtInDefinitions, type Definition } from '@tickwatch/slo'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import * as changeRequests from './changeRequest.repository.ts'
import type { NewSloVersion } from './slo.repository.ts'
import * as slos from './slo.repository.ts'
import { ann, changeRequest, createTenant, later, noon, pat, sha256, useDatabase } from './test/fixtures.ts'

const urls = useTestDatabase()
const database = useDatabase(urls)

const definition = (id: string): Definition => ({ ...(builtInDefinitions[0] as Definition), id })
const version = (id: string, baseVersion: number, over: Partial<NewSloVersion> = {}): NewSloVersion => ({
  ...{ id, baseVersion, to: { definition: definition(id), namespace: 3 }, by: ann, approvedBy: null },
  ...{ reason: 'as agreed', changeRequestId: null, savedAt: later(baseVersion) },
  ...over,
})
const append = (made: NewSloVersion) => database.db.platform((tx) => slos.append(tx, made))
const versionsOf = (id: string, cursor: string | null = null, pageSize = 10) =>
  database.db.platform((tx) => slos.versions(tx, id, { pageSize, cursor }))
const asAdmin = async (sql: string, values: unknown[] = []) => {
  const client = new pg.Client({ connectionString: urls.admin })
  await client.connect()
  return client.query(sql, values).finally(() => client.end())
}

describe('an SLO', () => {
  it('keeps every version, and can be deleted and made again', async () => {
    expect(await append(version('login', 0))).toBe(1)
    expect(await append(version('login', 1, { approvedBy: pat }))).toBe(2)
    expect(await append(version('login', 2, { to: null }))).toBe(3)
    const { db } = database
    expect(await db.platform((tx) => slos.byId(tx, 'login'))).toBeNull()
    expect((await slos.sloDefinitions(db)).some(({ id }) => id === 'login')).toBe(false)
    expect(await db.platform((tx) => slos.head(tx, 'login'))).toEqual({ version: 3, isDeleted: true })
    const titled = await db.platform((tx) => slos.newestDefinitions(tx, ['login', 'freshness', 'nobody']))
    expect(titled.map(({ id }) => id)).toEqual(['freshness', 'login'])
    expect(await append(version('login', 3))).toBe(4)
    const found = await db.platform((tx) => slos.byId(tx, 'login'))
    expect(found).toEqual({
      ...{ id: 'login', tenantId: 'tickwatch', version: 4, definition: definition('login') },
      ...{ savedAt: later(3), by: ann, namespace: 3 },
    })
    const first = await versionsOf('login', null, 3)
    expect(first.items.map((made) => [made.version, made.isDeletion, made.approvedBy])).toEqual([
      [4, false, null],
      [3, true, null],
      [2, false, pat],
    ])
    const rest = await versionsOf('login', first.nextCursor)
    expect(rest.items.map((made) => made.version)).toEqual([1])
  })

  it('gets one of two changes that are based on the same version', async () => {
    await append(version('lobby', 0))
    const both = await Promise.allSettled([append(version('lobby', 1)), append(version('lobby', 1))])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await expect(append(version('lobby', 0))).rejects.toThrow('not at version 0')
  })

  it('can’t get another history, and nobody approves a change of their own', async () => {
    await append(version('match', 0))
    await expect(asAdmin(`UPDATE slo_version SET reason = 'forged'`)).rejects.toThrow('append-only')
    await expect(asAdmin('DELETE FROM slo_version')).rejects.toThrow('append-only')
    await expect(append(version('match', 1, { approvedBy: ann }))).rejects.toThrow('slo_version_four_eyes')
  })

  it('that a newer release wrote in a form of its own is named, and the others are still there', async () => {
    await append(version('newer', 0))
    await asAdmin(
      `INSERT INTO slo_version SELECT slo_id, 2, created_at, by_subject, by_name, NULL, NULL, reason,
         jsonb_set(definition, '{sli,kind}', '"forecast"') FROM slo_version WHERE slo_id = 'newer'`,
    )
    await asAdmin(`UPDATE slo SET version = 2 WHERE id = 'newer'`)
    const { slos: readable, unreadable } = await database.db.platform((tx) => slos.current(tx))
    expect(unreadable).toEqual([{ id: 'newer', namespace: 3 }])
    expect(readable.some(({ id }) => id === 'freshness')).toBe(true)
    expect((await versionsOf('newer')).items[0]).toMatchObject({ definition: null, isDeletion: false })
  })
})

describe('a request for a change of an SLO', () => {
  const subject = { kind: 'slo', id: 'freshness', content: { baseVersion: 1, definition: null }, sha256: sha256('c') }
  const asked = {
    ...{ id: randomUUID(), tenantId: 'tickwatch', createdAt: noon, by: ann, reason: 'it is noisy' },
    ...{ subject, approversNeeded: 1 },
  }

  it('is in the inbox of all requests, and not among those for limits', async () => {
    const { db } = database
    await expect(db.platform((tx) => changeRequests.createOf(tx, asked))).rejects.toThrow('no tenant tickwatch')
    await createTenant(db, 'tickwatch')
    await db.platform((tx) => changeRequests.createOf(tx, asked))
    const { items } = await db.platform((tx) => changeRequests.list(tx, { state: 'pending', pageSize: 10 }))
    expect(items).toMatchObject([{ id: asked.id, subject, limits: {}, changes: [] }])
    expect((await db.platform((tx) => changeRequests.pendingOfKind(tx, 'slo'))).map(({ id }) => id)).toEqual([asked.id])
    await db.tenant('tickwatch', async (tx) => {
      expect(await changeRequests.pendingOf(tx, 'tickwatch')).toEqual([])
      expect(await changeRequests.pendingCountOf(tx)).toBe(0)
    })
  })

  it('is approved without a revision of limits, and one for limits is not', async () => {
    const decision = { state: 'approved', by: pat, at: later(9), reason: 'agreed', appliedRevision: null } as const
    const { db } = database
    await db.platform((tx) => changeRequests.decide(tx, 'tickwatch', asked.id, decision))
    const quota = changeRequest()
    await db.tenant('acme', (tx) => changeRequests.create(tx, quota))
    const approving = db.platform((tx) => changeRequests.decide(tx, 'acme', quota.id, decision))
    await expect(approving).rejects.toThrow('change_request_applied_when_approved')
  })
})
