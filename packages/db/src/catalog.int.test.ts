import { type IdForm, idForms, platformRoles, tenantRoles, tenantStatuses } from '@tickwatch/policy'
import { idPattern } from '@tickwatch/slo'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import { schemaDifference } from './migrate/schemaEngine.ts'

const urls = useTestDatabase()
let client: pg.Client
beforeAll(async () => {
  client = new pg.Client({ connectionString: urls.admin })
  await client.connect()
})
afterAll(() => client.end())

const query = async <Row extends pg.QueryResultRow>(sql: string) => (await client.query<Row>(sql)).rows
const column = async (sql: string) => (await query<{ value: string }>(sql)).map(({ value }) => value)

describe('the Prisma schema', () => {
  it('and the migrated database are the same', async () => {
    expect(await schemaDifference(urls.owner)).toBeNull()
  })

  it('differs from a database with an extra column', async () => {
    await client.query('ALTER TABLE boost ADD COLUMN stray int')
    expect(await schemaDifference(urls.owner)).toContain('DROP COLUMN "stray"')
    await client.query('ALTER TABLE boost DROP COLUMN stray')
  })
})

describe('row-level security', () => {
  const tenantTables = `
    SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND (c.relname = 'tenant' OR EXISTS (
        SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped))`

  it('is on and forced for every table with rows of tenants', async () => {
    expect(await column(`SELECT relname AS value FROM (${tenantTables}) t ORDER BY 1`)).toEqual([
      'audit_event',
      'boost',
      'change_request',
      'change_request_approval',
      'change_request_message',
      'gateway_tenant',
      'incident_event',
      'incident_tenant',
      'notice',
      'quota_revision',
      'reader_token',
      'refusal_causes',
      'role_grant',
      'tenant',
      'tenant_change',
      'tenant_quota',
      'tenant_traffic',
    ])
    const open = `SELECT relname AS value FROM (${tenantTables}) t WHERE NOT (relrowsecurity AND relforcerowsecurity)`
    expect(await column(open)).toEqual([])
  })

  it('has these policies and no others', async () => {
    const policies = await column(`
      SELECT concat_ws(' ', tablename, policyname, cmd, 'to', array_to_string(roles, ','),
        'using', qual, 'check', with_check) AS value
      FROM pg_policies WHERE schemaname = 'public' ORDER BY tablename, policyname`)
    const own = '(tenant_id = ( SELECT app_tenant() AS app_tenant))'
    const platform = (table: string) =>
      `${table} platform ALL to tickwatch_platform,tickwatch_worker using true check true`
    const read = (table: string) => `${table} own_read SELECT to tickwatch_tenant using ${own} check`
    expect(policies.map((policy) => policy.replace(/\s+/g, ' ').trim())).toEqual([
      'audit_event append INSERT to tickwatch_owner using check true',
      read('audit_event'),
      platform('audit_event'),
      `boost own_append INSERT to tickwatch_tenant using check (${own} AND (ended_at IS NULL))`,
      read('boost'),
      platform('boost'),
      read('change_request'),
      `change_request own_request INSERT to tickwatch_tenant using check (${own} AND (state = 'pending'::change_request_state) AND (kind = 'quota'::text))`,
      `change_request own_withdraw UPDATE to tickwatch_tenant using (${own} AND (state = 'pending'::change_request_state)) check (${own} AND (state = ANY (ARRAY['withdrawn'::change_request_state, 'outdated'::change_request_state])))`,
      platform('change_request'),
      read('change_request_approval'),
      platform('change_request_approval'),
      `change_request_message own_answer INSERT to tickwatch_tenant using check (${own} AND (kind = 'answer'::change_request_message_kind))`,
      read('change_request_message'),
      platform('change_request_message'),
      read('gateway_tenant'),
      platform('gateway_tenant'),
      `incident own_read SELECT to tickwatch_tenant using (id IN ( SELECT incident_tenant.incident_id FROM incident_tenant WHERE (incident_tenant.tenant_id = ( SELECT app_tenant() AS app_tenant)))) check`,
      platform('incident'),
      `incident_event own_read SELECT to tickwatch_tenant using ((kind <> ALL (ARRAY['note'::text, 'assigned'::text, 'reverted'::text])) AND ((tenant_id IS NULL) OR ${own}) AND (incident_id IN ( SELECT incident_tenant.incident_id FROM incident_tenant WHERE (incident_tenant.tenant_id = ( SELECT app_tenant() AS app_tenant))))) check`,
      platform('incident_event'),
      read('incident_tenant'),
      platform('incident_tenant'),
      read('notice'),
      platform('notice'),
      `quota_revision own_append INSERT to tickwatch_tenant using check (${own} AND (approved_by_subject IS NULL) AND (change_request_id IS NULL) AND (reverts_revision IS NULL) AND (policy_version IS NULL))`,
      read('quota_revision'),
      platform('quota_revision'),
      `reader_token own_append INSERT to tickwatch_tenant using check (${own} AND (revoked_at IS NULL))`,
      read('reader_token'),
      `reader_token own_revoke UPDATE to tickwatch_tenant using (${own} AND (revoked_at IS NULL)) check (${own} AND (revoked_at IS NOT NULL))`,
      'reader_token platform_read SELECT to tickwatch_platform using true check',
      'reader_token platform_use UPDATE to tickwatch_platform,tickwatch_worker using true check true',
      'reader_token worker_read SELECT to tickwatch_worker using true check',
      read('refusal_causes'),
      platform('refusal_causes'),
      platform('role_grant'),
      'tenant own_read SELECT to tickwatch_tenant using (id = ( SELECT app_tenant() AS app_tenant)) check',
      platform('tenant'),
      `tenant_change own_append INSERT to tickwatch_tenant using check (${own} AND (reader_token_id IS NOT NULL) AND (policy_version IS NULL))`,
      `tenant_change own_read SELECT to tickwatch_tenant using (${own} AND (reader_token_id IS NOT NULL)) check`,
      platform('tenant_change'),
      read('tenant_quota'),
      `tenant_quota own_update UPDATE to tickwatch_tenant using ${own} check ${own}`,
      platform('tenant_quota'),
      platform('tenant_traffic'),
    ])
  })

  it('keeps foreign keys between rows of tenants within one tenant', async () => {
    const leaky = await column(`
      SELECT c.conname AS value FROM pg_constraint c
      WHERE c.contype = 'f'
        AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attname = 'tenant_id')
        AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.confrelid AND a.attname = 'tenant_id')
        AND NOT EXISTS (
          SELECT FROM unnest(c.conkey, c.confkey) AS k(own, other)
            JOIN pg_attribute o ON o.attrelid = c.conrelid AND o.attnum = k.own AND o.attname = 'tenant_id'
            JOIN pg_attribute t ON t.attrelid = c.confrelid AND t.attnum = k.other AND t.attname = 'tenant_id')`)
    expect(leaky).toEqual([])
  })
})

describe('the catalog', () => {
  it('has a fixed search path on each of our functions, and these run with their owner’s rights', async () => {
    const functions = await query<{ name: string; definer: boolean; path: string | null }>(`
      SELECT p.proname AS name, p.prosecdef AS definer,
        (SELECT setting FROM unnest(p.proconfig) AS setting WHERE setting LIKE 'search_path=%') AS path
      FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace ORDER BY 1`)
    for (const { name, path } of functions) expect(path, name).toBe('search_path=pg_catalog, pg_temp')
    expect(functions.filter(({ definer }) => definer).map(({ name }) => name)).toEqual([
      'audit_append',
      'audit_append_all',
      'enqueue_job',
      'ensure_audit_partitions',
    ])
  })

  it('has the triggers that protect history, count approvals and note the values of the log’s filters', async () => {
    const triggers = await column(`
      SELECT tgrelid::regclass || ' ' || tgname AS value FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      WHERE NOT tgisinternal AND c.relnamespace = 'public'::regnamespace ORDER BY 1`)
    expect(triggers).toEqual([
      'audit_event audit_event_append_only',
      'audit_event audit_event_no_truncate',
      'audit_event audit_event_values',
      'audit_value audit_value_append_only',
      'audit_value audit_value_no_truncate',
      'change_request change_request_enough_approvals',
      'change_request_approval change_request_approval_append_only',
      'change_request_approval change_request_approval_by_another',
      'change_request_approval change_request_approval_no_truncate',
      'quota_revision quota_revision_append_only',
      'quota_revision quota_revision_no_truncate',
      'rollout_event rollout_event_append_only',
      'rollout_event rollout_event_no_truncate',
      'slo_version slo_version_append_only',
      'slo_version slo_version_no_truncate',
      'tenant_change tenant_change_append_only',
      'tenant_change tenant_change_no_truncate',
    ])
    const bare = await column(`
      SELECT inhrelid::regclass::text AS value FROM pg_inherits
      WHERE inhparent = 'audit_event'::regclass
        AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = inhrelid AND t.tgname = 'audit_event_append_only')`)
    expect(bare).toEqual([])
  })

  it('has audit partitions for this month, the next three and a default one, all in their own schema', async () => {
    const partitions = await column(`
      SELECT inhrelid::regclass::text AS value FROM pg_inherits WHERE inhparent = 'audit_event'::regclass ORDER BY 1`)
    const now = new Date()
    const months = [0, 1, 2, 3].map((ahead) =>
      new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead)).toISOString().slice(0, 7).replace('-', '_'),
    )
    expect(partitions).toEqual([...months, 'default'].map((name) => `audit_partitions.audit_event_${name}`).sort())
  })

  it('has the partial index that finds tenants that may be near a limit', async () => {
    const indexes = await column(`
      SELECT indexdef AS value FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '% WHERE %' ORDER BY 1`)
    expect(indexes).toContain(
      'CREATE INDEX gateway_tenant_may_be_near_idx ON public.gateway_tenant USING btree (tenant_id) WHERE may_be_near',
    )
  })

  it('checks ids by the same forms as all other parts', async () => {
    const checks = await column(`
      SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) AS value FROM pg_constraint
      WHERE contype = 'c' AND conname LIKE '%\\_form' ORDER BY 1`)
    const check = (what: string, { pattern }: Pick<IdForm, 'pattern'>) => `${what} ~ '${pattern.source}'::text))`
    expect(checks).toEqual([
      check('api_token CHECK ((name', idForms.peer),
      check('gateway CHECK ((id', idForms.gateway),
      check('gateway CHECK ((ring', idForms.ring),
      check('image CHECK ((name', idForms.image),
      check('image CHECK ((version', idForms.imageVersion),
      check('policy_version_wave CHECK ((ring', idForms.ring),
      check('reader_token CHECK ((name', idForms.peer),
      check('receiver CHECK ((name', idForms.peer),
      check('ring_state CHECK ((ring', idForms.ring),
      check('slo CHECK ((id', { pattern: idPattern }),
      check('tenant CHECK ((id', idForms.tenant),
    ])
  })

  it('has the same roles and statuses as all other parts', async () => {
    const [roles] = await column(
      `SELECT pg_get_constraintdef(oid) AS value FROM pg_constraint WHERE conname = 'role_grant_role'`,
    )
    expect(roles?.match(/'[^']+'/g)?.sort()).toEqual([...platformRoles, ...tenantRoles].map((r) => `'${r}'`).sort())
    const statuses = await column(`SELECT unnest(enum_range(NULL::tenant_status))::text AS value`)
    expect(statuses).toEqual(tenantStatuses)
  })

  it.each(Object.entries(idForms))('matches the form of a %s like JavaScript', async (_, { pattern }) => {
    const long = { size: 'max' } as const
    const text = fc.oneof(fc.stringMatching(pattern, long), fc.stringMatching(/^[\w.-]{0,70}\n?$/, long), fc.string())
    const texts = fc.sample(text, 500).filter((each) => !each.includes('\0'))
    const { rows } = await client.query<{ matches: boolean }>(
      'SELECT text ~ $2 AS matches FROM unnest($1::text[]) WITH ORDINALITY AS given (text, at) ORDER BY at',
      [texts, pattern.source],
    )
    expect(rows.map(({ matches }) => matches)).toEqual(texts.map((each) => pattern.test(each)))
  })

  it('stores every time with its time zone', async () => {
    const zoneless = await column(`
      SELECT table_name || '.' || column_name AS value FROM information_schema.columns
      WHERE table_schema = 'public' AND data_type IN ('timestamp without time zone', 'date', 'time without time zone')`)
    expect(zoneless).toEqual([])
  })
})
