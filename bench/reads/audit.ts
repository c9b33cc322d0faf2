// A million audit events in one valid chain. They are hashed here, and Postgres copies them from files into the
// partitions, because appending them one by one would take an hour.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { auditGenesis, auditHash } from '@tickwatch/db'
import { canonicalJson } from '@tickwatch/policy'
import type pg from 'pg'
import { gatewayCount, tenantCount, tenantName } from './data.ts'

export const auditEventCount = 1_000_000
const months = 6

/** Each action is as frequent as in production. The platform's own workers make many events, and grants are rare. */
const actions = [
  ...Array.from({ length: 40 }, () => 'policy.compile'),
  ...Array.from({ length: 30 }, () => 'quota.apply'),
  ...Array.from({ length: 12 }, () => 'gateway.join'),
  ...Array.from({ length: 8 }, () => 'changeRequest.create'),
  ...Array.from({ length: 5 }, () => 'changeRequest.approve'),
  ...Array.from({ length: 3 }, () => 'tenant.envelope'),
  'changeRequest.decline',
  'access.grant',
]
export const personCount = 900
export const personName = (n: number) => `Person ${n}`

/** A linear congruential generator (Numerical Recipes), so that every run has the same events. */
let seed = 20_261_123
function below(count: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 2 ** 32) * count)
}

function someEvent(seq: number, occurredAt: string) {
  const action = actions[below(actions.length)] ?? 'quota.apply'
  const requestId = `5f2b7c1e-0000-4000-8000-${seq.toString(16).padStart(12, '0')}`
  if (action === 'policy.compile') {
    const after = { version: seq, sha256: requestId, tenants: tenantCount, changes: 1 + below(4) }
    return { ...common(occurredAt, action, 'system', 'publisher', 'publisher', null), target: `v${seq}`, after }
  }
  if (action === 'gateway.join') {
    const gateway = `gateway-${1 + below(gatewayCount)}`
    return { ...common(occurredAt, action, 'machine', gateway, gateway, null), target: gateway, after: { zone: 'a' } }
  }
  const person = below(personCount)
  // The busiest tenth of the tenants has about half of people's events.
  const tenant = tenantName(below(below(2) === 0 ? tenantCount / 10 : tenantCount))
  return {
    ...common(occurredAt, action, 'person', `person-${person}`, personName(person), tenant),
    target: `${tenant}/${1 + below(200)}`,
    before: { 'ingest.samplesPerSecond': 5_000 + below(100) * 100, 'series.activeMax': 50_000 },
    after: { 'ingest.samplesPerSecond': 5_000 + below(100) * 100, 'series.activeMax': 60_000 },
    reason: 'A tournament on the weekend brings twice the players',
    requestId,
    source: `10.0.${below(250)}.${below(250)}`,
  }
}
const common = (
  occurredAt: string,
  action: string,
  actorKind: string,
  actor: string,
  actorName: string,
  tenantId: string | null,
) => ({
  ...{ occurredAt, action, actorKind, actor, actorName, tenantId },
  ...{ before: null, after: null, reason: null, requestId: null, source: null },
})

/** Fills the empty audit log up to now. @param dir a folder that Postgres may read. */
export async function fillAudit(admin: pg.Client, dir: string, progress: (done: number) => void): Promise<void> {
  const now = new Date()
  const monthOf = (ahead: number) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead)
  const fromMs = monthOf(-months)
  const stepMs = (now.getTime() - 1_000 - fromMs) / auditEventCount
  let link = auditGenesis
  let copying: Promise<unknown> = Promise.resolve()
  for (let month = -months; month <= 0; month += 1) {
    const file = join(dir, `audit${month}`)
    const fd = openSync(file, 'w', 0o644)
    let rows: string[] = []
    const write = () => {
      writeSync(fd, rows.join(''))
      rows = []
    }
    while (link.seq < auditEventCount && fromMs + link.seq * stepMs < monthOf(month + 1)) {
      const seq = link.seq + 1
      const event = someEvent(seq, new Date(fromMs + link.seq * stepMs).toISOString())
      const body = canonicalJson(event)
      link = { seq, hash: auditHash(link.hash, seq, body) }
      const { occurredAt, tenantId, actor, actorName, action } = event
      rows.push(
        `${seq}\t${occurredAt}\t${tenantId ?? '\\N'}\t${actor}\t${actorName}\t${action}\t${body}\t${link.hash}\n`,
      )
      if (rows.length === 5_000) write()
    }
    write()
    closeSync(fd)
    // Postgres copies one month while the next is hashed.
    await copying
    progress(link.seq)
    copying = copyMonth(admin, file, new Date(monthOf(month)), new Date(monthOf(month + 1)))
    // It is awaited later. Until then a fault must not count as an unhandled rejection.
    copying.catch(() => {})
  }
  await copying
  await admin.query('UPDATE audit_head SET seq = $1, hash = $2', [link.seq, link.hash])
  // Triggers do not see rows of a table that is attached.
  await admin.query(`
    INSERT INTO audit_value SELECT DISTINCT 'actor', actor FROM audit_event UNION ALL
      SELECT DISTINCT 'actor_name', actor_name FROM audit_event UNION ALL SELECT DISTINCT 'action', action FROM audit_event;
    ANALYZE audit_event, audit_value`)
}

/** Fills a month's partition before it is attached, so that each index is built in one step. */
async function copyMonth(admin: pg.Client, file: string, from: Date, to: Date): Promise<void> {
  const table = `audit_partitions.audit_event_${from.toISOString().slice(0, 7).replace('-', '_')}`
  await admin.query(`
    SET ROLE tickwatch_owner;
    ALTER TABLE IF EXISTS ${table} RENAME TO audit_event_of_migration;
    CREATE TABLE ${table} (LIKE public.audit_event INCLUDING ALL EXCLUDING INDEXES);
    RESET ROLE;
    COPY ${table} FROM '${file}';
    SET ROLE tickwatch_owner;
    DROP TABLE IF EXISTS audit_partitions.audit_event_of_migration;
    SET maintenance_work_mem = '512MB';
    ALTER TABLE public.audit_event ATTACH PARTITION ${table} FOR VALUES FROM ('${from.toISOString()}') TO ('${to.toISOString()}');
    RESET ROLE`)
  rmSync(file)
}
