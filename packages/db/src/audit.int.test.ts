import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import * as auditLog from './audit.repository.ts'
import { type AuditLink, auditGenesis, auditHash, followAuditChain } from './auditChain.ts'
import type { Database } from './database.ts'
import type { Page } from './page.ts'
import { auditEvent, createTenant, inBatches, later, useDatabase } from './test/fixtures.ts'

const database = useDatabase(useTestDatabase())

async function verify(db: Database, pageSize: number) {
  let link: AuditLink = auditGenesis
  for (;;) {
    const { seq } = link
    const rows = await db.platform((tx) => auditLog.page(tx, seq, pageSize))
    const followed = followAuditChain(link, rows)
    if (followed.fault) return followed.fault
    link = followed.link
    if (rows.length < pageSize) return link
  }
}

async function asAdmin(...statements: string[]) {
  const client = new pg.Client({ connectionString: database.urls.admin })
  await client.connect()
  try {
    // Someone with the superuser's password could do this: no trigger stops them.
    await client.query(`SET session_replication_role = 'replica'`)
    for (const sql of statements) await client.query(sql)
  } finally {
    await client.end()
  }
}

describe('the audit log', () => {
  it('is one unbroken chain, however many transactions of tenants and the platform append at once', async () => {
    const { db } = database
    for (let i = 0; i < 5; i++) await createTenant(db, `chain-${i}`)
    const appends = await inBatches(120, (i) => {
      const tenantId = `chain-${i % 5}`
      const reason = `strange: \u0000 \ud800 "quoted" 😀 \n ${i}`
      if (i % 3 === 0) return db.platform((tx) => auditLog.append(tx, auditEvent({ tenantId: null, reason })))
      return db.tenant(tenantId, async (tx) => {
        const link = await auditLog.append(tx, auditEvent({ tenantId, reason }))
        // A transaction that is rolled back must not leave a gap.
        if (i % 10 === 1) throw new Error('rolled back')
        return link
      })
    })
    const links = appends.flatMap((append) => (append.status === 'fulfilled' ? [append.value.seq] : []))
    expect(links.sort((a, b) => a - b)).toEqual(Array.from(links, (_, i) => i + 1))
    expect(links.length).toBeGreaterThan(100)
    const head = await db.platform((tx) => auditLog.head(tx))
    expect(await verify(db, 7)).toEqual(head)
    expect(await verify(db, 1_000)).toEqual(head)
    expect(head.seq).toBe(links.length)
  })

  it('computes the same hash in Postgres and in TypeScript', async () => {
    const { db } = database
    const before = await db.platform((tx) => auditLog.head(tx))
    const after = await db.platform((tx) => auditLog.append(tx, auditEvent({ reason: 'gewöhnlich 😀' })))
    const [row] = await db.platform((tx) => auditLog.page(tx, before.seq, 1))
    expect(after).toEqual({ seq: before.seq + 1, hash: auditHash(before.hash, before.seq + 1, row?.body ?? '') })
  })

  it('returns an event as it was written', async () => {
    const { db } = database
    const event = auditEvent({ action: 'exact.copy', before: null, after: { nested: [1, { deep: true }] } })
    const link = await db.platform((tx) => auditLog.append(tx, event))
    const { items } = await db.platform((tx) => auditLog.list(tx, { action: 'exact.copy', pageSize: 5 }))
    expect(items).toEqual([{ ...event, ...link }])
  })

  it('is filtered by tenant, actor, action and time, newest first, in pages', async () => {
    const { db } = database
    await db.platform(async (tx) => {
      for (let i = 0; i < 12; i++) {
        const who = i % 2 ? { actor: 'bob', actorName: 'Bob' } : { actor: 'bobby', actorName: 'bob' }
        const tenantId = i % 3 ? 'acme' : 'globex'
        // Pairs of events have the same time.
        await auditLog.append(
          tx,
          auditEvent({ ...who, tenantId, action: 'filter.me', target: `${i}`, occurredAt: later(i >> 1) }),
        )
      }
    })
    const walk = async (filter: Omit<auditLog.AuditListRequest, 'pageSize'>) => {
      const targets: string[] = []
      let cursor: string | null = null
      do {
        const request: auditLog.AuditListRequest = { action: 'filter.me', ...filter, cursor, pageSize: 5 }
        const page: Page<auditLog.StoredAuditEvent> = await db.platform((tx) => auditLog.list(tx, request))
        targets.push(...page.items.map((item) => item.target))
        cursor = page.nextCursor
      } while (cursor)
      return targets
    }
    const all = ['11', '10', '9', '8', '7', '6', '5', '4', '3', '2', '1', '0']
    expect(await walk({})).toEqual(all)
    expect(await walk({ tenantId: 'globex' })).toEqual(['9', '6', '3', '0'])
    // By a part of the id or of the name. An event that matches both is listed once.
    expect(await walk({ actor: 'bob' })).toEqual(all)
    expect(await walk({ actor: 'OBB' })).toEqual(all.filter((target) => Number(target) % 2 === 0))
    expect(await walk({ action: 'ilter.M' })).toEqual(all)
    expect(await walk({ action: 'filter', actor: 'bobby', tenantId: 'globex' })).toEqual(['6', '0'])
    expect(await walk({ actor: 'nobody' })).toEqual([])
    expect(await walk({ actor: '%' })).toEqual([])
    // The first event of a person and of an action.
    await db.platform((tx) => auditLog.append(tx, auditEvent({ actor: 'x1', actorName: 'Éva', action: 'new.one' })))
    const { items } = await db.platform((tx) => auditLog.list(tx, { actor: 'éV', pageSize: 5 }))
    expect(items.map(({ action }) => action)).toEqual(['new.one'])
    const actions = ['exact.copy', 'filter.me', 'new.one', 'quota.propose']
    expect(await db.platform((tx) => auditLog.actions(tx))).toEqual(actions)
    expect(await walk({ from: later(2), to: later(4) })).toEqual(['7', '6', '5', '4'])
    expect(await walk({ tenantId: 'acme', actor: 'bobby', from: later(2) })).toEqual(['10', '8', '4'])
    expect(await walk({ action: 'no.such' })).toEqual([])
  })

  it('takes many events at once, in their order', async () => {
    const { db } = database
    const before = await db.platform((tx) => auditLog.head(tx))
    const targets = Array.from({ length: 20 }, (_, i) => `${19 - i}`)
    const events = targets.map((target) => auditEvent({ action: 'many.at-once', target, tenantId: null }))
    await db.platform((tx) => auditLog.appendAll(tx, events))
    const rows = await db.platform((tx) => auditLog.page(tx, before.seq, 50))
    expect(rows.map(({ body }) => (JSON.parse(body) as { target: string }).target)).toEqual(targets)
    expect(await verify(db, 7)).toEqual(await db.platform((tx) => auditLog.head(tx)))
  })

  it('takes events of an API of the release before, which calls audit_append', async () => {
    const { db, urls } = database
    const before = await db.platform((tx) => auditLog.head(tx))
    const older = new pg.Client({ connectionString: urls.platform })
    await older.connect()
    const body = JSON.stringify({ ...auditEvent({ action: 'older.api' }), occurredAt: later(1).toISOString() })
    const { rows } = await older.query('SELECT seq, hash FROM audit_append($1)', [body]).finally(() => older.end())
    const hash = auditHash(before.hash, before.seq + 1, body)
    expect(rows).toEqual([{ seq: `${before.seq + 1}`, hash }])
    expect(await verify(db, 7)).toEqual({ seq: before.seq + 1, hash })
  })

  it('keeps events of any month, also of months without a partition', async () => {
    const { db } = database
    const link = await db.platform((tx) =>
      auditLog.append(tx, auditEvent({ occurredAt: new Date('2031-05-05T00:00:00Z'), action: 'far.away' })),
    )
    expect((await db.platform((tx) => auditLog.page(tx, link.seq - 1, 1)))[0]?.seq).toBe(link.seq)
    // The month stays in the default partition; the other partitions are created.
    expect(await db.worker((tx) => auditLog.ensurePartitions(tx, 6))).toBeGreaterThan(0)
    expect(await db.worker((tx) => auditLog.ensurePartitions(tx, 6))).toBe(0)
  })

  it('shows if someone with all rights changed, moved or cut it', async () => {
    const { db } = database
    const head = await db.platform((tx) => auditLog.head(tx))
    await asAdmin(`UPDATE audit_event SET body = replace(body, 'launch', 'lunch') WHERE seq = ${head.seq}`)
    expect(await verify(db, 50)).toMatchObject({ seq: head.seq })
    await asAdmin(`UPDATE audit_event SET body = replace(body, 'lunch', 'launch') WHERE seq = ${head.seq}`)
    expect(await verify(db, 50)).toEqual(head)
    await asAdmin(`UPDATE audit_event SET tenant_id = 'initech' WHERE seq = 3`)
    expect(await verify(db, 50)).toEqual({ seq: 3, what: 'its column tenantId differs from its content' })
    await asAdmin(`DELETE FROM audit_event WHERE seq = 3`)
    expect(await verify(db, 50)).toEqual({ seq: 3, what: 'event 3 is missing' })
    await asAdmin(`DELETE FROM audit_event WHERE seq >= 3`)
    // The newest events are removed: the rest of the chain fits, but the head does not.
    expect(await verify(db, 50)).toMatchObject({ seq: 2 })
    expect((await db.platform((tx) => auditLog.head(tx))).seq).toBe(head.seq)
  })
})
