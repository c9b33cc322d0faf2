import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import * as auditLog from './audit.repository.ts'
import * as changeRequests from './changeRequest.repository.ts'
import * as jobs from './job.repository.ts'
import * as notices from './notice.repository.ts'
import * as policyVersions from './policyVersions.ts'
import * as quotas from './quota.repository.ts'
import * as readerTokens from './readerToken.repository.ts'
import * as tenants from './tenant.repository.ts'
import {
  ann,
  auditEvent,
  changeRequest,
  later,
  noon,
  pat,
  readerToken,
  revision,
  useDatabase,
} from './test/fixtures.ts'
import { fillTwoTenants } from './test/twoTenants.ts'
import * as usage from './usage.repository.ts'

const database = useDatabase(useTestDatabase())

/** Runs one statement as the tenant's role with this tenant set, like a query with a mistake would. */
async function asTenant(tenantId: string | null, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.urls.tenant })
  await client.connect()
  try {
    await client.query('BEGIN')
    if (tenantId !== null) await client.query(`SELECT set_config('app.tenant_id', $1, true)`, [tenantId])
    const { rows } = await client.query<Record<string, unknown>>(sql)
    await client.query('COMMIT')
    return rows
  } finally {
    await client.end()
  }
}

const denied = /permission denied|row-level security/
const theirs = changeRequest({ tenantId: 'globex' })
const theirToken = readerToken({ tenantId: 'globex' })

beforeAll(() => fillTwoTenants(database.db, theirs, theirToken))

describe("a tenant's transaction", () => {
  // In tenant_change it sees the changes of its tokens, but not its own creation.
  const tables = [
    ...['tenant_quota', 'quota_revision', 'boost', 'change_request', 'gateway_tenant', 'audit_event'],
    ...['reader_token', 'tenant_change', 'refusal_causes', 'change_request_message', 'notice'],
    ...['change_request_approval'],
    ...['incident_tenant', 'incident_event'],
  ]

  it.each(tables)('sees only its own rows of %s, even if it asks for all', async (table) => {
    const rows = await asTenant('acme', `SELECT tenant_id FROM ${table}`)
    expect(rows).toEqual([{ tenant_id: 'acme' }])
    expect(await asTenant('acme', `SELECT tenant_id FROM ${table} WHERE tenant_id = 'globex'`)).toEqual([])
  })

  it('sees the incidents that harm it, and of them not what people write', async () => {
    expect(await asTenant('acme', 'SELECT slo FROM incident')).toEqual([{ slo: 'freshness' }])
    expect(await asTenant('acme', 'SELECT kind FROM incident_event')).toEqual([{ kind: 'alertFired' }])
    expect(await asTenant(null, 'SELECT 1 FROM incident')).toEqual([])
  })

  it('sees itself among the tenants', async () => {
    expect(await asTenant('acme', 'SELECT id FROM tenant')).toEqual([{ id: 'acme' }])
  })

  it.each(['tenant', ...tables])('sees nothing of %s without a tenant', async (table) => {
    expect(await asTenant(null, `SELECT 1 FROM ${table}`)).toEqual([])
    expect(await asTenant('', `SELECT 1 FROM ${table}`)).toEqual([])
  })

  it.each([
    'SELECT * FROM role_grant',
    'SELECT * FROM tenant_traffic',
    'SELECT * FROM receiver',
    'SELECT * FROM notification_routes',
    'SELECT * FROM outbox_thread',
    'SELECT * FROM outbox_message',
    'SELECT * FROM notice_reader',
    'SELECT * FROM notice_condition',
    'SELECT * FROM api_token',
    'SELECT * FROM alert_receipt',
    'SELECT assignee FROM incident',
    'SELECT suspect FROM incident',
    'SELECT text FROM incident_event',
    'SELECT by_name FROM incident_event',
    'SELECT reason FROM tenant_change',
    'SELECT by_name FROM tenant_change',
    'SELECT sha256 FROM reader_token',
    'SELECT * FROM audit_head',
    'SELECT samples_per_second FROM gateway',
    'SELECT refused_reason FROM gateway',
    'SELECT causes FROM policy_version',
    'SELECT manifest FROM policy_version',
    'SELECT hold_seconds FROM policy_version_wave',
    'SELECT manifest FROM ring_state',
    'SELECT * FROM audit_partitions.audit_event_default',
    'SELECT * FROM slo',
    'SELECT * FROM slo_version',
    'SELECT * FROM rule_namespace',
    'SELECT * FROM slo_recount',
    'SELECT * FROM slo_settled',
    'SELECT * FROM maintenance_window',
    'SELECT * FROM image',
    'SELECT * FROM image_ami',
    'SELECT * FROM image_report',
    'SELECT * FROM image_vulnerability',
    'SELECT * FROM image_exception',
    'SELECT * FROM rollout',
    'SELECT * FROM rollout_group',
    'SELECT * FROM rollout_event',
    'SELECT * FROM rollout_verdict',
    'SELECT * FROM freeze_window',
    'SELECT * FROM graphile_worker._private_jobs',
    'SELECT * FROM _prisma_migrations',
  ])('must not %s', async (sql) => {
    await expect(asTenant('acme', sql)).rejects.toThrow(denied)
  })

  it.each([
    `INSERT INTO boost (tenant_id, revision, ends_at) VALUES ('globex', 1, now())`,
    `INSERT INTO tenant (id, name, plan, created_at) VALUES ('evil', 'e', 'e', now())`,
    `UPDATE tenant SET status = 'active'`,
    `UPDATE tenant SET envelope = '{}'`,
    `UPDATE platform_defaults SET limits = '{}'`,
    `UPDATE quota_revision SET reason = 'forged'`,
    `UPDATE quota_revision SET policy_version = 1`,
    `DELETE FROM quota_revision`,
    `TRUNCATE quota_revision`,
    `UPDATE change_request SET applied_revision = 1`,
    `DELETE FROM change_request`,
    `INSERT INTO change_request (tenant_id, id, created_at, by_subject, by_name, reason, limits, changes, outside, base_revision,
      kind, subject_id, content, content_sha256)
      VALUES ('acme', gen_random_uuid(), now(), 'eve', 'Eve', 'mine', '{}', '[]', '[]', 0, 'slo', 'freshness', '{}', repeat('0', 64))`,
    `INSERT INTO change_request_message SELECT tenant_id, id, 9, 'question', now(), 'eve', 'Eve', 'why?' FROM change_request`,
    `INSERT INTO change_request_message VALUES ('globex', '${theirs.id}', 9, 'answer', now(), 'eve', 'Eve', 'because')`,
    `INSERT INTO change_request_approval SELECT tenant_id, id, 'eve', 'Eve', now(), 'mine' FROM change_request`,
    `UPDATE change_request_approval SET reason = 'forged'`,
    `DELETE FROM change_request_approval`,
    `UPDATE change_request_message SET text = 'forged'`,
    `DELETE FROM change_request_message`,
    `UPDATE boost SET ended_at = now()`,
    `INSERT INTO notice (key, tenant_id, kind, severity, title, text, path, created_at) VALUES ('k', 'acme', 'a', 'a', 'a', 'a', '/', now())`,
    `UPDATE notice SET text = 'forged'`,
    `UPDATE incident SET state = 'resolved', resolved_at = now()`,
    `INSERT INTO incident_event (incident_id, episode, at, kind) SELECT id, 1, now(), 'acknowledged' FROM incident`,
    `DELETE FROM notice`,
    `UPDATE reader_token SET expires_at = now() + interval '10 years'`,
    `UPDATE reader_token SET sha256 = repeat('0', 64)`,
    `DELETE FROM reader_token`,
    `INSERT INTO tenant_change (tenant_id, by_subject, by_name, reason, created_at) VALUES ('acme', 'a', 'a', 'a', now())`,
    `UPDATE tenant_change SET policy_version = 1`,
    `UPDATE policy_version_wave SET published_at = now()`,
    `INSERT INTO audit_event VALUES (9, now(), 'acme', 'a', 'a', 'a', '{}', repeat('0', 64))`,
    `UPDATE audit_event SET actor = 'eve'`,
    `DELETE FROM audit_event`,
    `UPDATE audit_head SET seq = 0`,
    `UPDATE gateway_tenant SET samples_per_second = 0`,
    `DELETE FROM attestation`,
    `UPDATE policy_version SET state = 'enforced'`,
    `SELECT public.ensure_audit_partitions(1)`,
    `SELECT graphile_worker.add_job('publish')`,
    `CREATE TABLE mine (id int)`,
    `CREATE TEMP TABLE mine (id int)`,
    `SET ROLE tickwatch_platform`,
  ])('must not: %s', async (sql) => {
    await expect(asTenant('acme', sql)).rejects.toThrow(denied)
  })

  it('changes nothing of another tenant', async () => {
    await asTenant('acme', `UPDATE tenant_quota SET revision = 99 WHERE tenant_id = 'globex'`)
    await asTenant(
      'acme',
      `UPDATE change_request SET state = 'withdrawn', decided_by_subject = 'x', decided_by_name = 'x', decided_at = now(),
       decision_reason = 'x' WHERE tenant_id = 'globex'`,
    )
    await asTenant(
      'acme',
      `UPDATE reader_token SET revoked_at = now(), revoked_by_subject = 'x', revoked_by_name = 'x' WHERE tenant_id = 'globex'`,
    )
    const { db } = database
    const token = await db.tenant('globex', (tx) => readerTokens.byId(tx, 'globex', theirToken.id))
    expect(token?.revoked).toBeNull()
    expect((await db.platform((tx) => quotas.head(tx, 'globex')))?.revision).toBe(1)
    expect((await db.platform((tx) => changeRequests.byId(tx, theirs.id)))?.state).toBe('pending')
  })

  it('cannot move its own row to another tenant', async () => {
    await expect(asTenant('acme', `UPDATE tenant_quota SET tenant_id = 'globex'`)).rejects.toThrow(denied)
  })

  it("cannot approve its own request, reopen a decided one, or write an approver's revision", async () => {
    const decide = (state: string) => `UPDATE change_request SET state = '${state}', decided_by_subject = 'eve',
      decided_by_name = 'Eve', decided_at = now(), decision_reason = 'mine'`
    await expect(asTenant('acme', decide('approved'))).rejects.toThrow(denied)
    await expect(asTenant('acme', decide('declined'))).rejects.toThrow(denied)
    const approved = revision({ baseRevision: 1, approvedBy: pat })
    await expect(database.db.tenant('acme', (tx) => quotas.append(tx, approved))).rejects.toThrow(denied)
    const reverting = revision({ baseRevision: 1, revertsRevision: 1 })
    await expect(database.db.tenant('acme', (tx) => quotas.append(tx, reverting))).rejects.toThrow(denied)
  })

  it('cannot write for another tenant through the repositories either', async () => {
    const { db } = database
    // It cannot see that the other tenant exists.
    await expect(
      db.tenant('acme', (tx) => quotas.append(tx, revision({ tenantId: 'globex', baseRevision: 1 }))),
    ).rejects.toThrow('there is no tenant globex')
    await expect(
      db.tenant('acme', (tx) => changeRequests.create(tx, changeRequest({ tenantId: 'globex' }))),
    ).rejects.toThrow(denied)
    await expect(
      db.tenant('acme', (tx) => readerTokens.create(tx, readerToken({ tenantId: 'globex' }), 'created grafana')),
    ).rejects.toThrow(denied)
    await expect(db.tenant('acme', (tx) => tenants.lock(tx, 'globex'))).rejects.toThrow('there is no tenant')
    const act = { by: ann, reason: 'revoked grafana', at: later(1) }
    expect(await db.tenant('acme', (tx) => readerTokens.revoke(tx, 'globex', theirToken.id, act))).toBeNull()
    await expect(db.tenant('acme', (tx) => auditLog.append(tx, auditEvent({ tenantId: 'globex' })))).rejects.toThrow(
      'own tenant',
    )
    await expect(db.tenant('acme', (tx) => auditLog.append(tx, auditEvent({ tenantId: null })))).rejects.toThrow(
      'own tenant',
    )
    await expect(db.tenant('acme', (tx) => jobs.enqueue(tx, { task: 'promote', payload: {} }))).rejects.toThrow(
      'may not be enqueued',
    )
  })

  it('finds nothing of another tenant through the repositories', async () => {
    await database.db.tenant('acme', async (tx) => {
      expect(await tenants.byId(tx, 'globex')).toBeNull()
      expect(await quotas.head(tx, 'globex')).toBeNull()
      expect(await quotas.byRevision(tx, 'globex', 1)).toBeNull()
      expect((await quotas.history(tx, 'globex', { pageSize: 10 })).items).toEqual([])
      expect(await quotas.runningBoosts(tx, 'globex')).toEqual([])
      expect(await changeRequests.byId(tx, theirs.id)).toBeNull()
      expect(await changeRequests.lockPending(tx, theirs.id)).toBeNull()
      expect(await changeRequests.pendingOf(tx, 'globex')).toEqual([])
      expect(await readerTokens.live(tx, 'globex', noon)).toEqual([])
      expect((await readerTokens.ended(tx, 'globex', later(1e9), { pageSize: 10 })).items).toEqual([])
      expect(await readerTokens.byId(tx, 'globex', theirToken.id)).toBeNull()
      expect(await notices.ofTenant(tx, 'globex', 'ann', 10)).toEqual([])
      for (const id of [1, 2, 3, 4]) expect(await readerTokens.change(tx, 'globex', id)).toBeNull()
      expect((await usage.now(tx, 'globex', noon)).samplesPerSecond).toBe(0)
      const audit = await auditLog.list(tx, { pageSize: 10 })
      expect(audit.items.map((event) => event.tenantId)).toEqual(['acme'])
      expect((await auditLog.list(tx, { pageSize: 10, tenantId: 'globex' })).items).toEqual([])
    })
  })

  it('sees the progress of a policy version, but not the changes of others in it', async () => {
    await database.db.tenant('acme', async (tx) => {
      expect(await policyVersions.progress(tx, 1)).toMatchObject({ version: 1, state: 'compiled' })
      const waves = ['canary', 'fleet'].map((ring) => ({ ring, publishedAt: null, enforcedAt: null }))
      expect(await policyVersions.progressFrom(tx, [1], 1)).toMatchObject([{ version: 1, waves }])
      expect(await policyVersions.gatewayProgress(tx, [1])).toMatchObject([
        { gatewayId: 'gateway-1', refusedVersion: 3 },
      ])
      expect(await policyVersions.desired(tx)).toMatchObject([{ ring: 'canary', version: 1 }])
    })
  })

  it('withdraws its own pending request', async () => {
    const mine = changeRequest()
    await database.db.tenant('acme', async (tx) => {
      await changeRequests.create(tx, mine)
      const withdrawal = {
        state: 'withdrawn',
        by: ann,
        at: later(5),
        reason: 'not needed',
        appliedRevision: null,
      } as const
      await changeRequests.decide(tx, 'acme', mine.id, withdrawal)
      expect((await changeRequests.byId(tx, mine.id))?.state).toBe('withdrawn')
    })
  })
})
