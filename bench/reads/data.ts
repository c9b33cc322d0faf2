// The database of the bench of reads: everything but the audit log, from a few SQL statements. They use `n % k` instead
// of random numbers, so that every run has the same data.
import type pg from 'pg'

export const tenantCount = 10_000
export const gatewayCount = 200
export const policyVersionCount = 200
/** The number of tenants that change often. Their history has many pages. */
export const oftenChanged = 50
export const pendingRequests = 400

export const tenantName = (n: number) => `studio-${n.toString(16).padStart(4, '0')}`

const limits = `jsonb_build_object('ingest.samplesPerSecond', 5000 + n % 97 * 500, 'series.activeMax', 50000 + n % 31 * 1000)`
const changes = `jsonb_build_array(jsonb_build_object('limit', 'ingest.samplesPerSecond', 'from', 5000 + r * 100, 'to', 5100 + r * 100))`

const tenants = `
  INSERT INTO tenant (id, name, plan, status, envelope, created_at)
  SELECT 'studio-' || lpad(to_hex(n), 4, '0'),
    (ARRAY['Amber', 'Brass', 'Cobalt', 'Dusk', 'Ember', 'Fjord', 'Garnet', 'Harbor'])[1 + n * 7 % 8] || ' ' ||
      (ARRAY['Arcade', 'Forge', 'Games', 'Interactive', 'Lantern', 'Works'])[1 + n * 11 % 6] || ' ' || n,
    (ARRAY['indie', 'studio', 'publisher'])[1 + n % 3], CASE WHEN n % 50 = 7 THEN 'suspended' ELSE 'active' END::tenant_status,
    '{"ingest.samplesPerSecond": {"min": 100, "max": 80000}, "series.activeMax": {"min": 1000, "max": 200000}}',
    now() - interval '400 days' + n * 7919 % 10000 * interval '50 minutes'
  FROM generate_series(0, ${tenantCount - 1}) n;
  INSERT INTO tenant_quota (tenant_id, revision, limits)
  SELECT id, CASE WHEN n < ${oftenChanged} THEN 200 ELSE 3 END, ${limits}
  FROM (SELECT id, row_number() OVER (ORDER BY id)::int - 1 AS n FROM tenant) t;
  INSERT INTO role_grant (id, role, tenant_id, subject_kind, subject, created_at, created_by)
  SELECT gen_random_uuid(), role, id, 'group', id || substr(role, 7) || 's', created_at, 'Set-up'
  FROM tenant, unnest(ARRAY['tenant-admin', 'tenant-viewer']) role;
  INSERT INTO role_grant (id, role, tenant_id, subject_kind, subject, created_at, created_by)
  SELECT gen_random_uuid(), role, NULL, 'group', role || 's', now(), 'Set-up'
  FROM unnest(ARRAY['platform-admin', 'platform-approver', 'auditor']) role;`

const policyVersions = `
  INSERT INTO policy_version (version, sha256, bytes, tenants, created_at, saved_at, signature, key_id, manifest, state,
    enforced_at, causes, source_hash)
  SELECT v, hash, 2400000, ${tenantCount}, at + interval '500 ms', at, 'c2lnbmF0dXJl', 'key',
    jsonb_build_object('format', 1, 'version', v, 'sha256', hash, 'bytes', 2400000, 'signature', 'c2lnbmF0dXJl', 'keyId',
      'key', 'createdAt', at, 'location', jsonb_build_object('kind', 's3', 'bucket', 'policy', 'key', hash)),
    'enforced', at + interval '2500 ms',
    (SELECT jsonb_agg(jsonb_build_object('kind', 'quota', 'tenantId', 'studio-' || lpad(to_hex(v * 50 + c), 4, '0'),
      'revision', 2, 'by', jsonb_build_object('subject', 'person-' || c, 'name', 'Person ' || c), 'reason', 'A tournament'))
      FROM generate_series(1, 1 + v % 4) c), hash
  FROM (SELECT v, encode(sha256(v::text::bytea), 'hex') AS hash, now() - (${policyVersionCount + 1} - v) * interval '12 hours' AS at
    FROM generate_series(1, ${policyVersionCount}) v) versions;
  INSERT INTO policy_version_wave (version, position, ring, hold_seconds, due_at, published_at, enforced_at)
  SELECT version, 0, 'canary', 30, created_at, saved_at + interval '700 ms', saved_at + interval '1200 ms' FROM policy_version
  UNION ALL
  SELECT version, 1, 'fleet', 30, saved_at + interval '1400 ms', saved_at + interval '1500 ms', enforced_at FROM policy_version;
  SELECT setval('policy_version_version_seq', ${policyVersionCount});`

// A request is pending first. Then a revision applies it, and the request gets the number of the revision.
const quotas = `
  INSERT INTO change_request (tenant_id, id, created_at, by_subject, by_name, reason, limits, changes, outside, base_revision)
  SELECT 'studio-' || lpad(to_hex(n % ${tenantCount}), 4, '0'), gen_random_uuid(), now() - (10000 - n) * interval '20 minutes',
    'person-' || n % 900, 'Person ' || n % 900, 'The next season opens on Friday', '{"ingest.samplesPerSecond": 90000}',
    '[{"limit": "ingest.samplesPerSecond", "from": 40000, "to": 90000}]',
    '[{"limit": "ingest.samplesPerSecond", "value": 90000, "bounds": {"min": 100, "max": 80000}}]', 2
  FROM generate_series(5000, 9999) n;
  INSERT INTO quota_revision (tenant_id, revision, created_at, by_subject, by_name, approved_by_subject, approved_by_name,
    reason, limits, changes, ends_at, change_request_id, policy_version)
  SELECT t.id, r, now() - (200 - r) * interval '11 hours' - n % 600 * interval '1 minute', 'person-' || n % 900, 'Person ' || n % 900,
    CASE WHEN q.id IS NOT NULL THEN 'approver-1' END, CASE WHEN q.id IS NOT NULL THEN 'Approver 1' END, 'A tournament',
    ${limits}, ${changes}, CASE WHEN r = 3 AND n % 100 = 99 THEN now() + interval '1 day' END, q.id, 1 + (n + r) % ${policyVersionCount}
  FROM (SELECT id, row_number() OVER (ORDER BY id)::int - 1 AS n FROM tenant) t
    CROSS JOIN LATERAL generate_series(1, CASE WHEN n < ${oftenChanged} THEN 200 ELSE 3 END) r
    LEFT JOIN change_request q ON q.tenant_id = t.id AND r = 3 AND n % 8 <> 0;
  INSERT INTO boost (tenant_id, revision, ends_at) SELECT tenant_id, revision, ends_at FROM quota_revision WHERE ends_at IS NOT NULL;
  UPDATE change_request q SET state = 'approved', applied_revision = r.revision, decided_by_subject = 'approver-1',
    decided_by_name = 'Approver 1', decided_at = q.created_at + interval '1 hour', decision_reason = 'The fleet carries it'
  FROM quota_revision r WHERE r.change_request_id = q.id;
  UPDATE change_request SET state = 'declined', decided_by_subject = 'approver-1', decided_by_name = 'Approver 1',
    decided_at = created_at + interval '1 hour', decision_reason = 'Not before the next launch'
  WHERE state = 'pending' AND id IN (SELECT id FROM change_request WHERE state = 'pending' ORDER BY created_at DESC OFFSET ${pendingRequests});`

// Every other tenant has two live tokens. A tenant that changes often has the maximum, and many revoked ones.
const readers = `
  INSERT INTO reader_token (tenant_id, id, name, sha256, created_at, by_subject, by_name, expires_at, revoked_at,
    revoked_by_subject, revoked_by_name)
  SELECT t.id, gen_random_uuid(), 'reader-' || k, encode(sha256((t.id || k)::bytea), 'hex'),
    now() - k * interval '2 hours', 'person-' || n % 900, 'Person ' || n % 900, now() + interval '90 days',
    CASE WHEN k > 50 THEN now() END, CASE WHEN k > 50 THEN 'person-1' END, CASE WHEN k > 50 THEN 'Person 1' END
  FROM (SELECT id, row_number() OVER (ORDER BY id)::int - 1 AS n FROM tenant) t
    CROSS JOIN LATERAL generate_series(1, CASE WHEN n < ${oftenChanged} THEN 250 WHEN n % 2 = 0 THEN 2 ELSE 0 END) k;
  INSERT INTO tenant_change (tenant_id, reader_token_id, by_subject, by_name, reason, created_at, policy_version)
  SELECT tenant_id, id, by_subject, by_name, 'created ' || name, created_at, 1 + substr(name, 8)::int % ${policyVersionCount}
  FROM reader_token
  UNION ALL
  SELECT tenant_id, id, 'person-1', 'Person 1', 'revoked ' || name, revoked_at, ${policyVersionCount}
  FROM reader_token WHERE revoked_at IS NOT NULL;`

// One in 100 tenants is so large that it writes to every gateway. The others write to four. One in 50 is at its limit.
const gateways = `
  INSERT INTO gateway (id, ring, zone, software_version, started_at, heartbeat_at, applied_version, applied_sha256,
    applied_at, cpu_ratio, memory_bytes, samples_per_second, requests_per_second, refused_per_second, active_series)
  SELECT 'gateway-' || g, CASE WHEN g <= 10 THEN 'canary' ELSE 'fleet' END, 'us-east-1' || (ARRAY['a', 'b', 'c'])[1 + g % 3],
    '1.4.0', now() - interval '9 days', now(), v.version, v.sha256, v.enforced_at, 0.4, 250000000, 60000, 900, 12, 500000
  FROM generate_series(1, ${gatewayCount}) g, policy_version v WHERE v.version = ${policyVersionCount};
  INSERT INTO gateway_tenant (tenant_id, gateway_id, demand_samples_per_second, demand_requests_per_second, demand_series,
    samples_per_second, requests_per_second, active_series, refused_per_second, refused_by_reason,
    may_be_near)
  SELECT t.id, 'gateway-' || 1 + (n * 13 + g * 49) % ${gatewayCount}, rate, 3, 900, rate, 3, 900, CASE WHEN near THEN 5 ELSE 0 END,
    CASE WHEN near THEN '{"rate": 4, "active-series": 1}' ELSE '{}' END::jsonb, near
  FROM (SELECT id, n, parts, n % 50 = 3 AS near, (CASE WHEN n % 50 = 3 THEN 0.97 ELSE 0.3 END) * (5000 + n % 97 * 500) / parts AS rate
    FROM (SELECT id, n, CASE WHEN n % 100 = 3 THEN ${gatewayCount} ELSE 4 END AS parts
      FROM (SELECT id, row_number() OVER (ORDER BY id)::int - 1 AS n FROM tenant) t) t) t
    CROSS JOIN LATERAL generate_series(0, parts - 1) g;
  INSERT INTO attestation (gateway_id, version, sha256, applied_at, received_at)
  SELECT g.id, v.version, v.sha256, v.saved_at + interval '2 seconds', v.saved_at + interval '2500 ms' FROM gateway g, policy_version v;`

/**
 * Fills an empty migrated database. @param admin a superuser's connection, because row-level security binds all others.
 */
export async function fillDatabase(admin: pg.Client): Promise<void> {
  for (const statements of [tenants, policyVersions, quotas, readers, gateways]) await admin.query(statements)
  await admin.query('ANALYZE')
}

/** Changes the rows as heartbeats would: every gateway is live and enforces the version published to its ring. */
export async function heartbeats(admin: pg.Client): Promise<void> {
  await admin.query(`
    WITH beaten AS (
      UPDATE gateway g SET heartbeat_at = now(), applied_version = coalesce(r.desired_version, g.applied_version),
        applied_sha256 = coalesce(r.desired_sha256, g.applied_sha256)
      FROM gateway me LEFT JOIN ring_state r ON r.ring = me.ring WHERE me.id = g.id
      RETURNING g.id, g.applied_version, g.applied_sha256
    )
    INSERT INTO attestation (gateway_id, version, sha256, applied_at, received_at)
    SELECT id, applied_version, applied_sha256, now(), now() FROM beaten ON CONFLICT DO NOTHING`)
}
