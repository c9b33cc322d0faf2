import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import * as auditLog from './audit.repository.ts'
import * as policyVersions from './policyVersions.ts'
import * as quotas from './quota.repository.ts'
import * as readerTokens from './readerToken.repository.ts'
import { ann, auditEvent, noon, policyVersion, readerToken, revision, useDatabase } from './test/fixtures.ts'

const database = useDatabase(useTestDatabase())

beforeAll(async () => {
  const { db } = database
  await db.tenant('acme', async (tx) => {
    await quotas.append(tx, revision())
    await readerTokens.create(tx, readerToken(), 'created grafana')
    await auditLog.append(tx, auditEvent())
  })
  await db.worker(async (tx) => policyVersions.insert(tx, policyVersion(await policyVersions.nextVersion(tx))))
})

describe('history', () => {
  const asAdmin = async (sql: string) => {
    const client = new pg.Client({ connectionString: database.urls.admin })
    await client.connect()
    try {
      await client.query(sql)
    } finally {
      await client.end()
    }
  }

  it.each([
    `UPDATE quota_revision SET reason = 'forged'`,
    `UPDATE quota_revision SET policy_version = 1, reason = 'forged'`,
    'DELETE FROM quota_revision',
    'TRUNCATE quota_revision CASCADE',
    `UPDATE tenant_change SET reason = 'forged'`,
    'UPDATE tenant_change SET reader_token_id = NULL WHERE reader_token_id IS NOT NULL',
    'DELETE FROM tenant_change',
    `UPDATE audit_event SET actor = 'eve'`,
    'DELETE FROM audit_event',
    'DELETE FROM audit_partitions.audit_event_default',
    'TRUNCATE audit_event',
  ])("is not rewritten by a superuser's slip either: %s", async (sql) => {
    await asAdmin(`INSERT INTO audit_event VALUES (999, '2001-01-01', NULL, 'a', 'a', 'a', '{}', repeat('0', 64))
      ON CONFLICT DO NOTHING`)
    await expect(asAdmin(sql)).rejects.toThrow('is append-only')
  })

  it('gets its policy version once', async () => {
    const { db } = database
    const cause = {
      kind: 'quota',
      tenantId: 'acme',
      revision: 1,
      by: ann,
      reason: '',
      savedAt: noon,
      tenantChangeId: null,
    } as const
    await db.worker((tx) => policyVersions.carry(tx, 1, [cause]))
    expect((await db.tenant('acme', (tx) => quotas.byRevision(tx, 'acme', 1)))?.policyVersion).toBe(1)
    await expect(asAdmin(`UPDATE quota_revision SET policy_version = NULL WHERE tenant_id = 'acme'`)).rejects.toThrow(
      'is append-only',
    )
  })
})
