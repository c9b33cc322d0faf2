import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'

const urls = useTestDatabase()
let client: pg.Client
beforeAll(async () => {
  client = new pg.Client({ connectionString: urls.admin })
  await client.connect()
})
afterAll(() => client.end())

const query = async <Row extends pg.QueryResultRow>(sql: string) => (await client.query<Row>(sql)).rows
const column = async (sql: string) => (await query<{ value: string }>(sql)).map(({ value }) => value)

describe('rights', () => {
  /** Every right of a role in `public`, as "<table> <RIGHT>" or "<table> <RIGHT>(<columns>)". */
  const rightsOf = async (role: string) => {
    const rows = await query<{ table: string; rights: string[] }>(`
      SELECT "table", array_agg("right" ORDER BY "right") AS rights FROM (
        SELECT c.relname AS "table", acl.privilege_type AS "right"
        FROM pg_class c, aclexplode(c.relacl) acl
        WHERE c.relnamespace = 'public'::regnamespace AND acl.grantee = '${role}'::regrole
        UNION ALL
        SELECT c.relname, acl.privilege_type || '(' || string_agg(a.attname, ',' ORDER BY a.attname) || ')'
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) acl
        WHERE c.relnamespace = 'public'::regnamespace AND acl.grantee = '${role}'::regrole
        GROUP BY c.relname, acl.privilege_type) r
      GROUP BY "table" ORDER BY "table"`)
    return Object.fromEntries(rows.map(({ table, rights }) => [table, rights.join(' ')]))
  }
  const decision = 'decided_at,decided_by_name,decided_by_subject,decision_reason,state'
  const platform = {
    alert_receipt: 'INSERT SELECT UPDATE(ended_at)',
    api_token: 'INSERT SELECT UPDATE(last_used_at,revoked_at,revoked_by_name,revoked_by_subject)',
    attestation: 'INSERT SELECT',
    audit_event: 'SELECT',
    audit_head: 'SELECT',
    audit_value: 'SELECT',
    boost: 'INSERT SELECT',
    change_request: `INSERT SELECT UPDATE(applied_revision,${decision})`,
    change_request_approval: 'INSERT SELECT',
    change_request_message: 'INSERT SELECT',
    ended_session: 'INSERT SELECT',
    freeze_window: 'INSERT SELECT UPDATE(ended_by_name,ended_by_subject,ended_reason,until)',
    gateway: 'INSERT SELECT UPDATE',
    gateway_start: 'INSERT SELECT',
    gateway_tenant: 'DELETE INSERT SELECT UPDATE',
    image: 'INSERT SELECT',
    image_ami: 'INSERT SELECT UPDATE(observed,observed_at)',
    image_exception: 'INSERT SELECT UPDATE(ended_at,ended_by_name,ended_by_subject,ended_reason)',
    image_report: 'INSERT SELECT',
    image_vulnerability: 'INSERT SELECT',
    incident: 'INSERT SELECT UPDATE(assignee,began_at,blind,episode,resolved_at,severity,state,suspect)',
    incident_event: 'INSERT SELECT',
    incident_event_id_seq: 'USAGE',
    incident_number_seq: 'USAGE',
    incident_tenant: 'INSERT SELECT',
    maintenance_window: 'INSERT SELECT UPDATE(ended_by_name,ended_by_subject,ended_reason,until)',
    notice: 'INSERT SELECT',
    notice_id_seq: 'USAGE',
    notice_reader: 'INSERT SELECT UPDATE(seen_id)',
    notification_routes: 'INSERT SELECT',
    outbox_message: 'INSERT SELECT UPDATE(finished_at,state)',
    outbox_message_id_seq: 'USAGE',
    outbox_thread: 'INSERT SELECT UPDATE(delivered,last_opened_at,next_attempt_at)',
    outbox_thread_id_seq: 'USAGE',
    platform_defaults: 'SELECT UPDATE(limits)',
    policy_version: 'SELECT',
    policy_version_wave: 'SELECT',
    quota_revision: 'INSERT SELECT',
    reader_token: 'SELECT(last_used_at,sha256) UPDATE(last_used_at)',
    reader_use_gap: 'SELECT UPDATE(last_at)',
    receiver: 'INSERT SELECT UPDATE(failures,name,paused_until,removed_at,settings)',
    refusal_causes: 'INSERT SELECT UPDATE',
    ring_state: 'SELECT',
    role_grant: 'DELETE INSERT SELECT',
    rollout: 'INSERT SELECT UPDATE(ended_at,phase,seq,started_at,state)',
    rollout_event: 'INSERT SELECT',
    rollout_group: 'INSERT SELECT UPDATE(is_open)',
    rollout_number_seq: 'USAGE',
    rollout_verdict: 'SELECT',
    rule_namespace: 'SELECT',
    slo: 'INSERT SELECT UPDATE(namespace,version)',
    slo_recount: 'SELECT',
    slo_settled: 'SELECT',
    slo_version: 'INSERT SELECT',
    tenant: 'INSERT SELECT UPDATE(envelope,name,plan,status,suspension)',
    tenant_change: 'INSERT SELECT',
    tenant_change_id_seq: 'USAGE',
    tenant_quota: 'INSERT SELECT UPDATE(limits,revision)',
    tenant_traffic: 'SELECT',
  }

  it("of tenants' requests are these and no others", async () => {
    expect(await rightsOf('tickwatch_tenant')).toEqual({
      attestation: 'SELECT',
      audit_event: 'SELECT',
      boost: 'INSERT SELECT',
      change_request: `INSERT SELECT UPDATE(${decision})`,
      change_request_approval: 'SELECT',
      change_request_message: 'INSERT SELECT',
      gateway:
        'SELECT(applied_sha256,applied_version,ended_at,heartbeat_at,id,left_at,lost_at,refused_at,refused_version,ring)',
      gateway_tenant: 'SELECT',
      incident:
        'SELECT(alert_name,began_at,blind,episode,id,labels,number,opened_at,owner,resolved_at,severity,slo,state)',
      incident_event: 'SELECT(alert,at,episode,id,incident_id,kind,tenant_id)',
      incident_tenant: 'SELECT',
      notice: 'SELECT',
      platform_defaults: 'SELECT',
      policy_version: 'SELECT(created_at,enforced_at,held,saved_at,sha256,state,version)',
      policy_version_wave: 'SELECT(enforced_at,position,published_at,ring,version)',
      quota_revision: 'INSERT SELECT',
      reader_token:
        'INSERT SELECT(by_name,by_subject,created_at,expires_at,id,last_used_at,name,revoked_at,revoked_by_name,revoked_by_subject,tenant_id) UPDATE(revoked_at,revoked_by_name,revoked_by_subject)',
      reader_use_gap: 'SELECT',
      refusal_causes: 'SELECT',
      ring_state: 'SELECT(desired_sha256,desired_version,published_at,ring)',
      tenant: 'SELECT',
      tenant_change: 'INSERT SELECT(created_at,id,policy_version,reader_token_id,tenant_id)',
      tenant_change_id_seq: 'USAGE',
      tenant_quota: 'SELECT UPDATE(limits,revision)',
    })
  })

  it("of the platform's requests are these and no others", async () => {
    expect(await rightsOf('tickwatch_platform')).toEqual(platform)
  })

  it("of workers are the platform's and these", async () => {
    expect(await rightsOf('tickwatch_worker')).toEqual({
      ...platform,
      boost: 'INSERT SELECT UPDATE(ended_at)',
      ended_session: 'DELETE INSERT SELECT',
      gateway: 'DELETE INSERT SELECT UPDATE',
      gateway_start: 'DELETE INSERT SELECT',
      lease: 'INSERT SELECT UPDATE(expires_at,fencing,holder)',
      notice: 'DELETE INSERT SELECT',
      notice_condition: 'DELETE INSERT SELECT UPDATE(last_seen,level,since)',
      outbox_message: 'INSERT SELECT UPDATE(attempts,finished_at,last_answer,lost_answers,state)',
      outbox_thread: 'DELETE INSERT SELECT UPDATE(delivered,last_opened_at,next_attempt_at,remote)',
      policy_version: 'INSERT SELECT UPDATE(enforced_at,held,state)',
      policy_version_wave: 'DELETE INSERT SELECT UPDATE(due_at,enforced_at,published_at)',
      policy_version_version_seq: 'USAGE',
      quota_revision: 'INSERT SELECT UPDATE(policy_version)',
      reader_token: 'SELECT UPDATE(last_used_at)',
      ring_state:
        'INSERT SELECT UPDATE(desired_sha256,desired_version,last_good_version,manifest,parameter_version,published_at)',
      rollout: 'INSERT SELECT UPDATE(ended_at,observed,observed_at,phase,seq,started_at,state)',
      rollout_verdict: 'INSERT SELECT UPDATE(at,outcome,verdict)',
      rule_namespace: 'DELETE INSERT SELECT UPDATE',
      slo_recount: 'DELETE INSERT SELECT UPDATE',
      slo_settled: 'INSERT SELECT UPDATE',
      tenant_change: 'INSERT SELECT UPDATE(policy_version)',
      tenant_traffic: 'DELETE INSERT SELECT UPDATE',
    })
  })

  it('to call functions are these and no others', async () => {
    const calls = await column(`
      SELECT p.proname || ' ' || acl.grantee::regrole AS value FROM pg_proc p, aclexplode(p.proacl) acl
      WHERE p.pronamespace = 'public'::regnamespace AND acl.grantee <> 'tickwatch_owner'::regrole ORDER BY 1`)
    const roles = ['tickwatch_platform', 'tickwatch_tenant', 'tickwatch_worker']
    expect(calls).toEqual([
      'app_tenant tickwatch_tenant',
      ...roles.map((role) => `audit_append ${role}`),
      ...roles.map((role) => `audit_append_all ${role}`),
      ...roles.map((role) => `enqueue_job ${role}`),
      'ensure_audit_partitions tickwatch_worker',
    ])
  })

  it('belong to no other role: PUBLIC has none in our schemas or on the database', async () => {
    const ours = `('public', 'audit_partitions', 'graphile_worker')`
    const open = await column(`
      SELECT n.nspname || ' schema' AS value FROM pg_namespace n, aclexplode(n.nspacl) acl
      WHERE n.nspname IN ${ours} AND acl.grantee = 0
      UNION ALL
      SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) acl
      WHERE n.nspname IN ${ours} AND acl.grantee = 0
      UNION ALL
      SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace,
        aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) acl
      WHERE n.nspname IN ${ours} AND acl.grantee = 0
      UNION ALL
      SELECT d.datname FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) acl
      WHERE d.datname = current_database() AND acl.grantee = 0`)
    expect(open).toEqual([])
  })

  it('give a role only the schemas that it needs', async () => {
    const schemas = await column(`
      SELECT n.nspname || ' ' || string_agg(acl.grantee::regrole || ':' || acl.privilege_type, ' ' ORDER BY acl.grantee::regrole::text) AS value
      FROM pg_namespace n, aclexplode(n.nspacl) acl
      WHERE n.nspname IN ('public', 'audit_partitions', 'graphile_worker') AND acl.grantee::regrole::text LIKE 'tickwatch%'
        AND acl.grantee <> 'tickwatch_owner'::regrole
      GROUP BY n.nspname ORDER BY 1`)
    expect(schemas).toEqual([
      'graphile_worker tickwatch_worker:USAGE',
      'public tickwatch_platform:USAGE tickwatch_tenant:USAGE tickwatch_worker:USAGE',
    ])
  })

  it('give no way to become another role or to bypass row-level security', async () => {
    const roles = await query(`
      SELECT rolname, rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls AS special,
        (SELECT count(*)::int FROM pg_auth_members m WHERE m.member = r.oid) AS memberships
      FROM pg_roles r WHERE rolname IN ('tickwatch_tenant', 'tickwatch_platform', 'tickwatch_worker') ORDER BY 1`)
    const plain = { special: false, memberships: 0 }
    expect(roles).toEqual([
      { rolname: 'tickwatch_platform', ...plain },
      { rolname: 'tickwatch_tenant', ...plain },
      { rolname: 'tickwatch_worker', ...plain },
    ])
    const owned = await column(`
      SELECT relname AS value FROM pg_class WHERE relowner IN
        ('tickwatch_tenant'::regrole, 'tickwatch_platform'::regrole, 'tickwatch_worker'::regrole)`)
    expect(owned).toEqual([])
  })
})
