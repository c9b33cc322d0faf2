import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import { useDatabase } from './test/fixtures.ts'

const database = useDatabase(useTestDatabase())
const denied = /permission denied|row-level security/

describe("the platform's role", () => {
  const asPlatform = async (sql: string) => {
    const client = new pg.Client({ connectionString: database.urls.platform })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows
    } finally {
      await client.end()
    }
  }

  it("does not see readers' tokens, which workers compile and tenants manage", async () => {
    await expect(asPlatform('SELECT name FROM reader_token')).rejects.toThrow(denied)
  })

  it('sees every tenant', async () => {
    expect(await asPlatform('SELECT id FROM tenant ORDER BY id')).toEqual([{ id: 'acme' }, { id: 'globex' }])
  })

  it.each([
    `UPDATE quota_revision SET reason = 'forged'`,
    `UPDATE quota_revision SET policy_version = 1`,
    `DELETE FROM quota_revision`,
    `UPDATE audit_event SET actor = 'eve'`,
    `DELETE FROM audit_event`,
    `UPDATE audit_head SET seq = 0`,
    `DELETE FROM tenant`,
    `INSERT INTO policy_version (version) VALUES (1)`,
    `SELECT * FROM graphile_worker._private_jobs`,
    `CREATE TABLE mine (id int)`,
    `SET ROLE tickwatch_owner`,
  ])('must not: %s', async (sql) => {
    await expect(asPlatform(sql)).rejects.toThrow(denied)
  })
})
