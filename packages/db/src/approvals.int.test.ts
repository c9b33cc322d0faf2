// Who may approve a rollout, and how many must: Postgres holds to it, whatever the API does.
import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import * as changeRequests from './changeRequest.repository.ts'
import { AlreadyExists } from './errors.ts'
import { ann, askRollout, createImage, createTenant, later, pat, useDatabase } from './test/fixtures.ts'

const urls = useTestDatabase()
const database = useDatabase(urls)
const aiko = { subject: 'aiko', name: 'Aiko' }
let imageId: string

beforeAll(async () => {
  await createTenant(database.db, 'tickwatch')
  imageId = await createImage(database.db)
})

/** A pending request for a rollout that ann asked for. */
const ask = async (approversNeeded: number) => {
  const { changeRequestId } = await database.db.platform((tx) => askRollout(tx, imageId, [], { approversNeeded }))
  return changeRequestId
}
const approve = (id: string, by: typeof pat, seconds = 1) =>
  database.db.platform((tx) =>
    changeRequests.addApproval(tx, { tenantId: 'tickwatch', id, by, at: later(seconds), reason: 'agreed' }),
  )
const decide = (id: string, state: 'approved' | 'declined' | 'outdated', by = pat) =>
  database.db.platform((tx) =>
    changeRequests.decide(tx, 'tickwatch', id, { state, by, at: later(9), reason: 'done', appliedRevision: null }),
  )
const read = (id: string) => database.db.platform((tx) => changeRequests.byId(tx, id))
const byAdmin = async (sql: string) => {
  const client = new pg.Client({ connectionString: urls.admin })
  await client.connect()
  try {
    return await client.query(sql)
  } finally {
    await client.end()
  }
}

describe('a request for a rollout', () => {
  it('that needs two approvals is approved after the second, and shows both', async () => {
    const id = await ask(2)
    expect(await read(id)).toMatchObject({ approversNeeded: 2, approvals: [], state: 'pending' })
    await expect(decide(id, 'approved')).rejects.toThrow('change_request_enough_approvals')
    await approve(id, pat, 2)
    await expect(decide(id, 'approved')).rejects.toThrow('has 1 of 2 approvals')
    expect((await read(id))?.state).toBe('pending')
    await approve(id, aiko, 1)
    await decide(id, 'approved')
    const approvals = [
      { by: aiko, at: later(1), reason: 'agreed' },
      { by: pat, at: later(2), reason: 'agreed' },
    ]
    expect(await read(id)).toMatchObject({ state: 'approved', decision: { by: pat }, approvals })
  })

  it('is approved by one person if that is enough, and never by nobody', async () => {
    const id = await ask(1)
    await expect(decide(id, 'approved')).rejects.toThrow('has 0 of 1 approvals')
    await approve(id, pat)
    await decide(id, 'approved')
    expect((await read(id))?.state).toBe('approved')
  })

  it('counts a person once, also if they approve it in several windows at the same moment', async () => {
    const id = await ask(2)
    const settled = await Promise.allSettled(Array.from({ length: 6 }, (_, i) => approve(id, pat, i)))
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const one of settled) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(AlreadyExists)
    await expect(decide(id, 'approved')).rejects.toThrow('has 1 of 2 approvals')
  })

  it('is never approved by the person who asked', async () => {
    const id = await ask(2)
    await expect(approve(id, ann)).rejects.toThrow('change_request_approval_four_eyes')
    expect((await read(id))?.approvals).toEqual([])
  })

  it.each(['declined', 'outdated'] as const)('is %s without any approval, and gets none afterwards', async (state) => {
    const id = await ask(2)
    await decide(id, state)
    await expect(approve(id, aiko)).rejects.toThrow('change_request_approval_pending')
  })

  it('can’t be made approved, need fewer people, or lose or change an approval', async () => {
    const id = await ask(2)
    await approve(id, pat)
    await expect(byAdmin(`UPDATE change_request_approval SET by_subject = 'eve'`)).rejects.toThrow('append-only')
    await expect(byAdmin('DELETE FROM change_request_approval')).rejects.toThrow('append-only')
    await expect(byAdmin('TRUNCATE change_request_approval')).rejects.toThrow('append-only')
    const client = new pg.Client({ connectionString: urls.platform })
    await client.connect()
    try {
      await expect(client.query('UPDATE change_request SET approvers_needed = 1')).rejects.toThrow('permission denied')
      await expect(client.query('DELETE FROM change_request_approval')).rejects.toThrow('permission denied')
      const kept = 'tenant_id, created_at, by_subject, by_name, reason, limits, changes, outside, base_revision'
      const about = 'kind, subject_id, content, content_sha256'
      const decided = 'id, state, decided_by_subject, decided_by_name, decided_at, decision_reason'
      const made = `INSERT INTO change_request (${kept}, ${about}, ${decided})
        SELECT ${kept}, ${about}, gen_random_uuid(), 'approved', 'eve', 'Eve', now(), 'mine' FROM change_request WHERE id = '${id}'`
      await expect(client.query(made)).rejects.toThrow('change_request_enough_approvals')
    } finally {
      await client.end()
    }
  })
})
