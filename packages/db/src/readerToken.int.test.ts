import pg from 'pg'
import { describe, expect, it, vi } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import { NotFound } from './errors.ts'
import * as policyVersions from './policyVersions.ts'
import * as readerTokens from './readerToken.repository.ts'
import * as tenants from './tenant.repository.ts'
import { ann, createTenant, later, noon, pat, policyVersion, readerToken, useDatabase } from './test/fixtures.ts'

const database = useDatabase(useTestDatabase())
const create = (token: readerTokens.NewReaderToken) =>
  database.db.tenant(token.tenantId, (tx) => readerTokens.create(tx, token, `created ${token.name}`))
const revoke = ({ tenantId, id, name }: readerTokens.NewReaderToken, at = later(10)) =>
  database.db.tenant(tenantId, (tx) =>
    readerTokens.revoke(tx, tenantId, id, { by: pat, reason: `revoked ${name}`, at }),
  )
const source = (now = noon) => database.db.worker((tx) => policyVersions.source(tx, now))
const readersOf = async (tenantId: string, now?: Date) =>
  (await source(now)).tenants.find((tenant) => tenant.id === tenantId)?.readers
const inBundle = ({ name, sha256, expiresAt }: readerTokens.NewReaderToken) => ({
  name,
  sha256,
  expiresAt: expiresAt.toISOString(),
})

describe("a reader's token", () => {
  it('is seen by its tenant without its hash, with the change that carries it', async () => {
    const token = readerToken({ expiresAt: later(60) })
    const change = await create(token)
    const { sha256: _, ...seen } = token
    const expected = {
      ...seen,
      revoked: null,
      lastUsedAt: null,
      change: { id: change, createdAt: noon, policyVersion: null },
    }
    const { db } = database
    expect(await db.tenant('acme', (tx) => readerTokens.live(tx, 'acme', noon))).toEqual([expected])
    expect(await db.tenant('acme', (tx) => readerTokens.byId(tx, 'acme', token.id))).toEqual(expected)
    expect(await db.tenant('acme', (tx) => readerTokens.change(tx, 'acme', change))).toEqual(expected.change)
    // At its expiry time it is already expired.
    expect(await db.tenant('acme', (tx) => readerTokens.live(tx, 'acme', later(60)))).toEqual([])
  })

  it('is revoked once, and then shows who revoked it and the change that did', async () => {
    const token = readerToken({ name: 'once' })
    const made = await create(token)
    const [change, again] = [await revoke(token), await revoke(token, later(20))]
    expect(change).toBeGreaterThan(made)
    expect(again).toBeNull()
    const found = await database.db.tenant('acme', (tx) => readerTokens.byId(tx, 'acme', token.id))
    expect(found?.revoked).toEqual({ at: later(10), by: pat })
    expect(found?.change).toEqual({ id: change, createdAt: later(10), policyVersion: null })
  })

  it('is listed in pages, newest first, after it is revoked or expires', async () => {
    await createTenant(database.db, 'initech')
    const tokens = Array.from({ length: 5 }, (_, i) =>
      readerToken({ tenantId: 'initech', name: `t-${i}`, createdAt: later(i >> 1), expiresAt: later(100 + i) }),
    )
    for (const token of tokens) await create(token)
    for (const token of tokens.slice(0, 2)) await revoke(token)
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page = await database.db.tenant('initech', (tx) =>
        readerTokens.ended(tx, 'initech', later(103), { cursor, pageSize: 2 }),
      )
      seen.push(...page.items.map(({ name }) => name))
      cursor = page.nextCursor
    } while (cursor)
    expect(seen.toSorted()).toEqual(['t-0', 't-1', 't-2', 't-3'])
    expect(seen.slice(2).toSorted()).toEqual(['t-0', 't-1'])
    const live = await database.db.tenant('initech', (tx) => readerTokens.live(tx, 'initech', later(103)))
    expect(live.map(({ name }) => name)).toEqual(['t-4'])
  })

  it.each([
    ['a name that a SPIFFE path must not contain', { name: 'Grafana 1' }, 'reader_token_name_form'],
    ['a hash of the wrong form', { sha256: 'secret' }, 'reader_token_sha256'],
    ['an expiry before its creation', { expiresAt: noon }, 'reader_token_ends_later'],
  ])('with %s is rejected', async (_, over, constraint) => {
    await expect(create(readerToken(over))).rejects.toThrow(constraint)
  })

  it('has a hash that no other token has, also of another tenant', async () => {
    const token = readerToken({ name: 'first' })
    await create(token)
    await expect(create(readerToken({ tenantId: 'globex', sha256: token.sha256 }))).rejects.toThrow('Unique constraint')
  })

  it('is created one at a time per tenant, so that names and numbers can be checked', async () => {
    const { db } = database
    const watch = new pg.Client({ connectionString: database.urls.admin })
    await watch.connect()
    let held = false
    const { second } = await db.tenant('acme', async (tx) => {
      await tenants.lock(tx, 'acme')
      const waiting = db.tenant('acme', async (other) => {
        await tenants.lock(other, 'acme')
        held = true
      })
      await vi.waitFor(async () => {
        const { rowCount } = await watch.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
        expect(held || rowCount === 1).toBe(true)
      })
      // Another tenant does not have to wait.
      await db.tenant('globex', (other) => tenants.lock(other, 'globex'))
      expect(held).toBe(false)
      return { second: waiting }
    })
    await second
    await watch.end()
    await expect(db.tenant('nobody', (tx) => tenants.lock(tx, 'nobody'))).rejects.toBeInstanceOf(NotFound)
  })
})

describe('the last use of a token', () => {
  const lastUse = async ({ tenantId, id }: readerTokens.NewReaderToken) =>
    (await database.db.tenant(tenantId, (tx) => readerTokens.byId(tx, tenantId, id)))?.lastUsedAt
  const record = (receivedAt: Date, ...uses: [readerTokens.NewReaderToken, Date][]) =>
    database.db.platform((tx) =>
      readerTokens.recordUses(
        tx,
        uses.map(([{ sha256 }, at]) => ({ sha256, usedAt: at.toISOString() })),
        receivedAt,
      ),
    )
  const knownSince = () => database.db.tenant('acme', (tx) => readerTokens.usesKnownSince(tx))

  it('is kept to the minute, never goes back, and is never later than its report', async () => {
    const [mine, theirs] = [readerToken({ name: 'used' }), readerToken({ tenantId: 'globex', name: 'used' })]
    for (const token of [mine, theirs]) await create(token)
    await record(later(70), [mine, later(60)], [theirs, later(61)], [readerToken(), later(62)])
    expect([await lastUse(mine), await lastUse(theirs)]).toEqual([later(60), later(61)])
    await record(later(120), [mine, later(119)], [theirs, later(10)])
    expect([await lastUse(mine), await lastUse(theirs)]).toEqual([later(60), later(61)])
    await record(later(130), [mine, later(125)], [mine, later(120)], [theirs, later(9_999)])
    expect([await lastUse(mine), await lastUse(theirs)]).toEqual([later(125), later(130)])
  })

  it('waits for no other report: two that name the same tokens in other orders both arrive', async () => {
    const tokens = Array.from({ length: 30 }, (_, i) => readerToken({ name: `both-${i}` }))
    for (const token of tokens) await create(token)
    const uses = tokens.map((token): [readerTokens.NewReaderToken, Date] => [token, later(200)])
    await Promise.all([uses, uses.toReversed(), uses, uses.toReversed()].map((order) => record(later(200), ...order)))
    for (const token of tokens) expect(await lastUse(token)).toEqual(later(200))
  })

  it('is known since every gateway reports uses, to the minute', async () => {
    const gap = (at: Date) => database.db.platform((tx) => readerTokens.recordGap(tx, at))
    expect(await knownSince()).toEqual(new Date(60_000))
    await gap(later(0))
    await gap(later(59))
    expect(await knownSince()).toEqual(later(60))
    await gap(later(60))
    expect(await knownSince()).toEqual(later(120))
  })
})

describe('the policy', () => {
  it("has each tenant's live tokens, and the people who created and revoked them", async () => {
    await createTenant(database.db, 'umbrella')
    const of = (name: string, createdAt: Date, expiresAt = later(86_400)) =>
      readerToken({ tenantId: 'umbrella', name, createdAt, expiresAt })
    const kept = of('kept', later(1))
    const gone = of('gone', later(2))
    const brief = of('brief', later(3), later(30))
    for (const token of [kept, gone, brief]) await create(token)
    const readers = await readersOf('umbrella')
    expect(readers).toHaveLength(3)
    expect(readers).toEqual(expect.arrayContaining([kept, gone, brief].map(inBundle)))
    await revoke(gone)
    expect(await readersOf('umbrella', later(29))).toHaveLength(2)
    expect(await readersOf('umbrella', later(30))).toEqual([inBundle(kept)])
    const mine = (await source()).pending.filter(({ kind, tenantId }) => kind === 'reader' && tenantId === 'umbrella')
    const cause = { kind: 'reader', tenantId: 'umbrella', revision: null, tenantChangeId: expect.any(Number) }
    expect(mine).toEqual([
      ...[kept, gone, brief].map(({ name, createdAt }) => ({
        ...{ ...cause, by: ann, reason: `created ${name}` },
        savedAt: createdAt,
      })),
      { ...cause, by: pat, reason: 'revoked gone', savedAt: later(10) },
    ])
  })

  it('that carries the change of a token is recorded with that change', async () => {
    const token = readerToken({ tenantId: 'globex', name: 'carried' })
    const change = await create(token)
    const version = await database.db.worker(async (tx) => {
      const next = await policyVersions.nextVersion(tx)
      await policyVersions.insert(tx, policyVersion(next))
      await policyVersions.carry(tx, next, (await policyVersions.source(tx, noon)).pending)
      return next
    })
    const found = await database.db.tenant('globex', (tx) => readerTokens.change(tx, 'globex', change))
    expect(found?.policyVersion).toBe(version)
    expect((await source()).pending).toEqual([])
  })
})
