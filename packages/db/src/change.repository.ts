import { jsonObject } from './auditChain.ts'
import type { Prisma } from './generated/client.ts'
import { changesOf, type Person, versionOf } from './json.ts'
import type { PolicyCause } from './policyVersion.repository.ts'
import type { QuotaRevision } from './quota.repository.ts'
import { clientOf, type PlatformTx, type TenantTx, type Tx } from './transaction.ts'

export type ChangeTimes = { from: Date; to: Date }
type WaveTime = { ring: string; publishedAt: Date | null }

/** What people and workers changed in a time, of all tenants. Each list has the newest first. */
export type MadeChanges = {
  /** Without those that a rollback of the fleet made. */
  quotas: (Pick<
    QuotaRevision,
    | 'tenantId'
    | 'revision'
    | 'createdAt'
    | 'by'
    | 'approvedBy'
    | 'reason'
    | 'changes'
    | 'endsAt'
    | 'revertsRevision'
    | 'policyVersion'
  > & { waves: WaveTime[] })[]
  /** A tenant was created, suspended or resumed, or a reader's token was created or revoked. */
  tenants: {
    id: number
    tenantId: string
    createdAt: Date
    by: Person
    reason: string
    readerTokenId: string | null
    policyVersion: number | null
    waves: WaveTime[]
  }[]
  /** Acts of which only the audit log has a record. */
  audited: {
    seq: number
    at: Date
    action: string
    tenantId: string | null
    target: string
    by: Person
    reason: string | null
    before: unknown
    after: unknown
    /** Of a rollback: the newest policy version before it that no gateway refused; null if there is none, or of other acts. */
    versionBefore: number | null
  }[]
  /** Versions that were published to a ring in this time, with the first causes of each. */
  versions: {
    version: number
    createdAt: Date
    waves: WaveTime[]
    causes: PolicyCause[]
    causesTotal: number
    /** The newest before it that no gateway refused; null if there is none. */
    versionBefore: number | null
  }[]
  gateways: {
    gatewayId: string
    ring: string
    zone: string
    startedAt: Date
    softwareVersion: string
    /** Of the start before; null if none is known. */
    previousVersion: string | null
    /** True if the process before it drained; false if it was lost; null if none is known. */
    previousLeft: boolean | null
  }[]
}

const waves = { select: { ring: true, publishedAt: true }, orderBy: { position: 'asc' } } as const
const version = { select: { waves } } as const satisfies { select: Prisma.PolicyVersionSelect }
const causesListed = 20

/**
 * @param actions those of the audit log that are changes and have no table of their own
 * @param most in each list
 * @param of only what changed this tenant, and what concerns all; null for everything
 */
export async function between(
  tx: PlatformTx,
  times: ChangeTimes,
  actions: readonly string[],
  most: number,
  of: string | null = null,
): Promise<MadeChanges> {
  const ofTenant = of === null ? {} : { tenantId: of }
  const tenants = await clientOf(tx).tenantChange.findMany({
    where: { createdAt: { gte: times.from, lte: times.to }, ...ofTenant },
    include: { version },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: most,
  })
  return {
    quotas: await revisions(tx, times, { NOT: await rollbacksOf(tx, times), ...ofTenant }, most),
    tenants: tenants.map((row) => ({
      ...{ id: Number(row.id), tenantId: row.tenantId, createdAt: row.createdAt, reason: row.reason },
      by: { subject: row.bySubject, name: row.byName },
      readerTokenId: row.readerTokenId,
      policyVersion: versionOf(row.policyVersion),
      waves: row.version?.waves ?? [],
    })),
    audited: await acts(tx, times, actions, most, of),
    versions: of === null ? await versions(tx, times, most) : [],
    gateways: await starts(tx, times, most),
  }
}

/** As {@link between}, what the transaction's tenant may see: what changed this tenant. */
export async function ofTenant(
  tx: TenantTx,
  times: ChangeTimes,
  actions: readonly string[],
  most: number,
): Promise<MadeChanges> {
  const { tenantId } = tx
  return {
    quotas: await revisions(tx, times, { tenantId }, most),
    audited: await acts(tx, times, actions, most, tenantId),
    ...{ tenants: [], versions: [], gateways: [] },
  }
}

async function revisions(
  tx: Tx,
  { from, to }: ChangeTimes,
  which: Prisma.QuotaRevisionWhereInput,
  most: number,
): Promise<MadeChanges['quotas']> {
  const rows = await clientOf(tx).quotaRevision.findMany({
    where: { createdAt: { gte: from, lte: to }, ...which },
    include: { version },
    orderBy: [{ createdAt: 'desc' }, { tenantId: 'asc' }, { revision: 'desc' }],
    take: most,
  })
  return rows.map((row) => ({
    ...{ tenantId: row.tenantId, revision: row.revision, createdAt: row.createdAt, reason: row.reason },
    ...{ endsAt: row.endsAt, revertsRevision: row.revertsRevision, changes: changesOf(row.changes) },
    by: { subject: row.bySubject, name: row.byName },
    approvedBy:
      row.approvedBySubject === null ? null : { subject: row.approvedBySubject, name: row.approvedByName ?? '' },
    policyVersion: versionOf(row.policyVersion),
    waves: row.version?.waves ?? [],
  }))
}

/** The revisions that rollbacks of the fleet made: one for each of thousands of tenants. */
async function rollbacksOf(tx: PlatformTx, { from, to }: ChangeTimes): Promise<Prisma.QuotaRevisionWhereInput[]> {
  const rows = await clientOf(tx).auditEvent.findMany({
    where: { action: 'policy.rollBack', occurredAt: { gte: from, lte: new Date(to.getTime() + aroundMs) } },
    select: { occurredAt: true, actor: true },
  })
  return rows.map(({ occurredAt, actor }) => ({
    bySubject: actor,
    reason: { startsWith: 'rolled back to policy version ' },
    createdAt: { gte: new Date(occurredAt.getTime() - aroundMs), lte: occurredAt },
  }))
}
/** One transaction writes the revisions and then the event. */
const aroundMs = 60_000

async function acts(
  tx: Tx,
  { from, to }: ChangeTimes,
  actions: readonly string[],
  most: number,
  of: string | null,
): Promise<MadeChanges['audited']> {
  const rows = await clientOf(tx).auditEvent.findMany({
    where: {
      ...{ action: { in: [...actions] }, occurredAt: { gte: from, lte: to } },
      ...(of === null ? {} : { OR: [{ tenantId: of }, { tenantId: null }] }),
    },
    orderBy: [{ occurredAt: 'desc' }, { seq: 'desc' }],
    take: most,
  })
  const rollbacks = rows.filter(({ action }) => action === 'policy.rollBack').map(({ occurredAt }) => occurredAt)
  const versionBefore = await newestBefore(tx, rollbacks)
  return rows.map(({ seq, occurredAt, action, tenantId, actor, actorName, body }) => {
    const { target, reason, before, after } = jsonObject(body) ?? {}
    return {
      versionBefore: action === 'policy.rollBack' ? (versionBefore.get(occurredAt.getTime()) ?? null) : null,
      ...{ seq: Number(seq), at: occurredAt, action, tenantId, by: { subject: actor, name: actorName } },
      target: typeof target === 'string' ? target : '',
      reason: typeof reason === 'string' ? reason : null,
      before: before ?? null,
      after: after ?? null,
    }
  })
}

/** The newest policy version before each time, in milliseconds, that no gateway refused. */
async function newestBefore(tx: Tx, times: readonly Date[]): Promise<Map<number, number>> {
  if (times.length === 0) return new Map()
  const rows = await clientOf(tx).$queryRaw<{ at: Date; version: bigint | null }[]>`
    SELECT at, (SELECT max(v.version) FROM public.policy_version v WHERE v.created_at < at AND v.state <> 'refused') AS version
    FROM unnest(${times}::timestamptz[]) AS at`
  return new Map(
    rows.flatMap(({ at, version }) => (version === null ? [] : [[at.getTime(), Number(version)] as const])),
  )
}

/** The states that one event of the audit log has; null if there is no such event. */
export async function audited(tx: PlatformTx, seq: number): Promise<{ before: unknown; after: unknown } | null> {
  const row = await clientOf(tx).auditEvent.findFirst({ where: { seq }, select: { body: true } })
  if (!row) return null
  const { before, after } = jsonObject(row.body) ?? {}
  return { before: before ?? null, after: after ?? null }
}

async function versions(tx: PlatformTx, { from, to }: ChangeTimes, most: number): Promise<MadeChanges['versions']> {
  const client = clientOf(tx)
  const rows = await client.policyVersion.findMany({
    where: { waves: { some: { publishedAt: { gte: from, lte: to } } } },
    select: { version: true, createdAt: true, waves },
    orderBy: { version: 'desc' },
    take: most,
  })
  const causes = await client.$queryRaw<
    { version: bigint; causes: PolicyCause[]; total: number; before: bigint | null }[]
  >`
    SELECT version, jsonb_path_query_array(causes, ${`$[0 to ${causesListed - 1}]`}::jsonpath) AS causes,
      jsonb_array_length(causes) AS total,
      (SELECT max(b.version) FROM public.policy_version b WHERE b.version < v.version AND b.state <> 'refused') AS before
    FROM public.policy_version v WHERE version = ANY (${rows.map((row) => row.version)}::bigint[])`
  const causesOf = new Map(causes.map((of) => [of.version, of]))
  return rows.map((row) => ({
    ...row,
    version: Number(row.version),
    causes: causesOf.get(row.version)?.causes ?? [],
    causesTotal: causesOf.get(row.version)?.total ?? 0,
    versionBefore: versionOf(causesOf.get(row.version)?.before ?? null),
  }))
}

async function starts(tx: PlatformTx, { from, to }: ChangeTimes, most: number): Promise<MadeChanges['gateways']> {
  return clientOf(tx).$queryRaw<MadeChanges['gateways']>`
    SELECT s.gateway_id AS "gatewayId", g.ring, g.zone, s.started_at AS "startedAt",
      s.software_version AS "softwareVersion", before.software_version AS "previousVersion",
      s.previous_left AS "previousLeft"
    FROM public.gateway_start s JOIN public.gateway g ON g.id = s.gateway_id
      LEFT JOIN LATERAL (
        SELECT b.software_version FROM public.gateway_start b
        WHERE b.gateway_id = s.gateway_id AND b.started_at < s.started_at ORDER BY b.started_at DESC LIMIT 1
      ) before ON true
    WHERE s.reported_at >= ${from} AND s.reported_at <= ${to}
    ORDER BY s.reported_at DESC, s.gateway_id LIMIT ${most}`
}

/** Where gateways are, for alerts that name one. */
export async function placesOf(
  tx: PlatformTx,
  gatewayIds: readonly string[],
): Promise<{ ring: string; zone: string }[]> {
  return clientOf(tx).gateway.findMany({ where: { id: { in: [...gatewayIds] } }, select: { ring: true, zone: true } })
}
