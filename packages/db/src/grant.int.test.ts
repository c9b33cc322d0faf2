import pg from 'pg'
import { describe, expect, it, vi } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import { AlreadyExists, LastPlatformAdmin, NotFound } from './errors.ts'
import * as grants from './grant.repository.ts'
import { later, noon, useDatabase } from './test/fixtures.ts'

const database = useDatabase(useTestDatabase())

describe('grants', () => {
  const grant = (over: Partial<grants.Grant> = {}): grants.Grant => ({
    id: crypto.randomUUID(),
    role: 'tenant-admin',
    tenantId: 'acme',
    subjectKind: 'person',
    subject: 'ann@acme.example',
    createdAt: noon,
    createdBy: 'pat',
    ...over,
  })
  const add = (row: grants.Grant) => database.db.platform((tx) => grants.add(tx, row))

  it('give a person their own roles and those of their groups', async () => {
    await add(grant())
    await add(grant({ role: 'auditor', tenantId: null, subjectKind: 'group', subject: 'auditors' }))
    await add(grant({ role: 'tenant-viewer', subject: 'someone-else@acme.example' }))
    const held = await database.db.platform((tx) =>
      grants.heldBy(tx, { persons: ['ann@acme.example', 'ann'], groups: ['auditors', 'players'] }),
    )
    expect(held).toHaveLength(2)
    expect(held).toEqual(
      expect.arrayContaining([
        { role: 'tenant-admin', tenantId: 'acme' },
        { role: 'auditor', tenantId: null },
      ]),
    )
    // A group's name as a person, or a person as a group, has no roles.
    expect(
      await database.db.platform((tx) => grants.heldBy(tx, { persons: ['auditors'], groups: ['ann@acme.example'] })),
    ).toEqual([])
  })

  it('exist once, only for existing tenants, and with a tenant only for a tenant role', async () => {
    await expect(add(grant())).rejects.toBeInstanceOf(AlreadyExists)
    const auditor = grant({ role: 'auditor', tenantId: null, subject: 'aud@tickwatch.example' })
    await add(auditor)
    await expect(add({ ...auditor, id: crypto.randomUUID() })).rejects.toBeInstanceOf(AlreadyExists)
    await expect(add(grant({ tenantId: 'nobody' }))).rejects.toBeInstanceOf(NotFound)
    await expect(add(grant({ tenantId: null, subject: 'x' }))).rejects.toThrow('role_grant_tenant_roles_have_a_tenant')
    await expect(add(grant({ role: 'auditor', subject: 'x' }))).rejects.toThrow('role_grant_tenant_roles_have_a_tenant')
  })

  it('leave at least one platform admin, also if two remove each other at once', async () => {
    const { db } = database
    const admins = ['one', 'two'].map((subject) => grant({ role: 'platform-admin', tenantId: null, subject }))
    for (const admin of admins) await add(admin)
    const [one, two] = admins.map(({ id }) => id) as [string, string]
    let second: Promise<unknown> = Promise.resolve()
    await db.platform(async (tx) => {
      await grants.remove(tx, one)
      // The other removal begins before this one commits: it must wait, and then see which grants are left.
      let settled = false
      second = db
        .platform((other) => grants.remove(other, two))
        .catch((error: unknown) => error)
        .finally(() => {
          settled = true
        })
      const watch = new pg.Client({ connectionString: database.urls.admin })
      await watch.connect()
      await vi.waitFor(async () => {
        const waiting = await watch.query(
          `SELECT FROM pg_locks WHERE NOT granted AND relation = 'role_grant'::regclass
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        )
        expect(settled || waiting.rowCount === 1).toBe(true)
      }, 5_000)
      await watch.end()
    })
    expect(await second).toBeInstanceOf(LastPlatformAdmin)
    await expect(db.platform((tx) => grants.remove(tx, crypto.randomUUID()))).rejects.toBeInstanceOf(NotFound)
  })

  it('are listed newest first in pages, and searched', async () => {
    const made = Array.from({ length: 5 }, (_, i) => grant({ subject: `list-${i}`, createdAt: later(i >> 1) }))
    for (const row of made) await add(row)
    const subjects: string[] = []
    let cursor: string | null = null
    do {
      const page = await database.db.platform((tx) => grants.list(tx, { search: 'LIST-', cursor, pageSize: 2 }))
      subjects.push(...page.items.map((item) => item.subject))
      cursor = page.nextCursor
    } while (cursor)
    expect(subjects).toHaveLength(5)
    expect(new Set(subjects).size).toBe(5)
    expect(subjects[0]).toBe('list-4')
    for (const search of ['%', '_ist', 'list-\\']) {
      const { items } = await database.db.platform((tx) => grants.list(tx, { search, pageSize: 2 }))
      expect(items, search).toEqual([])
    }
    const [removed] = made
    expect(await database.db.platform((tx) => grants.remove(tx, removed?.id ?? ''))).toEqual(removed)
  })
})
