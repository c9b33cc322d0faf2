import { randomUUID } from 'node:crypto'
import { auditLog, type Database, grants, jobs, type PlatformTx, quotas, tenants } from '@tickwatch/db'
import { diffLimits, type Envelope, type Limits, type Role, resolveLimits } from '@tickwatch/policy'

type TenantSeed = {
  id: string
  name: string
  plan: string
  envelope: Envelope
  limits: Limits
  grants: { role: Role; group: string; tenantId: string | null }[]
}

/**
 * Refusals are soon seen, and the default requests of Prometheus and vmagent fit. One of the Collector has up to 30,261
 * samples: whoever tries it here raises the burst first, which the envelope allows at once.
 */
const burstSamples = 10_000

const envelopeUpTo = (samplesPerSecond: number): Envelope => ({
  'ingest.samplesPerSecond': { min: 100, max: samplesPerSecond },
  'ingest.burstSamples': { min: 1_000, max: Math.max(samplesPerSecond * 4, 50_000) },
  'ingest.requestsPerSecond': { min: 5, max: 500 },
  'ingest.requestBytesMax': { min: 65_536, max: 8_388_608 },
  'series.activeMax': { min: 1_000, max: 200_000 },
  'series.idleTimeoutSeconds': { min: 120, max: 1_800 },
  'labels.namesPerSeriesMax': { min: 10, max: 30 },
  'query.rangeHoursMax': { min: 1, max: 2_160 },
  'query.lookbackDaysMax': { min: 1, max: 365 },
  'query.samplesMax': { min: 100_000, max: 100_000_000 },
  'query.pointsPerSeriesMax': { min: 1_000, max: 200_000 },
  'query.concurrentMax': { min: 2, max: 20 },
  'query.requestsPerMinute': { min: 60, max: 6_000 },
  'query.timeoutSeconds': { min: 5, max: 60 },
})

const seeds: readonly TenantSeed[] = [
  {
    id: 'acme',
    name: 'Acme Games',
    plan: 'studio',
    envelope: envelopeUpTo(10_000),
    limits: { 'ingest.samplesPerSecond': 2_000, 'ingest.burstSamples': burstSamples, 'series.activeMax': 20_000 },
    grants: [
      { role: 'tenant-admin', group: 'acme-admins', tenantId: 'acme' },
      { role: 'tenant-viewer', group: 'acme-viewers', tenantId: 'acme' },
    ],
  },
  {
    id: 'globex',
    name: 'Globex Interactive',
    plan: 'studio',
    envelope: envelopeUpTo(5_000),
    limits: { 'ingest.samplesPerSecond': 1_000, 'ingest.burstSamples': burstSamples, 'series.activeMax': 20_000 },
    grants: [{ role: 'tenant-admin', group: 'globex-admins', tenantId: 'globex' }],
  },
  {
    id: 'initech',
    name: 'Initech Play',
    plan: 'indie',
    envelope: envelopeUpTo(2_000),
    limits: { 'ingest.samplesPerSecond': 500, 'ingest.burstSamples': burstSamples, 'series.activeMax': 10_000 },
    grants: [],
  },
  {
    id: 'tickwatch',
    name: 'Tickwatch itself',
    plan: 'platform',
    envelope: envelopeUpTo(20_000),
    limits: { 'ingest.samplesPerSecond': 5_000 },
    grants: [
      { role: 'platform-admin', group: 'platform-admins', tenantId: null },
      { role: 'platform-approver', group: 'platform-approvers', tenantId: null },
      { role: 'auditor', group: 'auditors', tenantId: null },
    ],
  },
]

const setUp = { subject: 'local-set-up', name: 'Local set-up' }

/**
 * Adds the tenants, their limits and the grants of people to a new database. Existing tenants and their grants are not
 * changed, because people may have edited them.
 */
export async function seed(database: Database, now = new Date()): Promise<void> {
  for (const tenant of seeds) {
    await database.platform(async (tx) => {
      if ((await tenants.byId(tx, tenant.id)) === null) await make(tx, tenant, now)
    })
  }
}

async function make(tx: PlatformTx, seeded: TenantSeed, at: Date): Promise<void> {
  const { id, name, plan, envelope, limits } = seeded
  await tenants.create(tx, { id, name, plan, envelope }, { by: setUp, reason: 'Local platform set up', at })
  await quotas.append(tx, {
    tenantId: id,
    baseRevision: 0,
    createdAt: at,
    by: setUp,
    approvedBy: null,
    reason: 'First limits of the local platform',
    limits,
    changes: diffLimits(resolveLimits({}), resolveLimits(limits)),
    endsAt: null,
    revertsRevision: null,
    changeRequestId: null,
  })
  for (const { role, group, tenantId } of seeded.grants) {
    await grants.add(tx, {
      id: randomUUID(),
      role,
      tenantId,
      subjectKind: 'group',
      subject: group,
      createdAt: at,
      createdBy: setUp.name,
    })
  }
  await jobs.enqueue(tx, { task: 'publish', payload: {}, jobKey: 'publish' })
  await auditLog.append(tx, {
    occurredAt: at,
    actorKind: 'system',
    actor: setUp.subject,
    actorName: setUp.name,
    action: 'tenant.create',
    tenantId: id,
    target: id,
    before: null,
    after: { name, plan, limits, envelope, grants: seeded.grants },
    reason: 'Local platform set up',
    requestId: null,
    source: null,
  })
}
