import {
  awayAfterMs,
  type Demand,
  type Heartbeat as HeartbeatBody,
  nearShareRatio,
  type PolicyFormats,
  type Ring,
  type Taken,
} from '@tickwatch/policy'
import type { Gateway as Row } from './generated/client.ts'
import { refusalsColumn, refusedSamples, versionOf } from './json.ts'
import { clientOf, type PlatformTx, type WorkerTx } from './transaction.ts'

type Applied = { version: number; sha256: string; appliedAt: Date } | null
/** A version that it refused, or that it enforces but could not save. */
type Troubled = { version: number; reason: string; at: Date } | null

/** A gateway's heartbeat, with the id from its certificate. Tenants that do not exist are ignored. */
export type Heartbeat = Omit<HeartbeatBody, 'startedAt' | 'applied' | 'refused' | 'unsaved'> & {
  gatewayId: string
  startedAt: Date
  applied: Applied
  refused: Troubled
  unsaved?: Troubled | undefined
}

export type HeartbeatOutcome = {
  /** The gateway was unknown before. */
  isNew: boolean
  /** It attested a version for the first time. */
  attestedNow: boolean
  /** It refused a version that it did not refuse in its previous heartbeat. */
  refusedNow: boolean
  /** It is new, came back or reads other formats than before: the newest version may have the wrong format now. */
  formatsToCheck: boolean
  /** The version that its ring must enforce; null before the first one is published. */
  desiredVersion: number | null
}

export type Gateway = {
  gatewayId: string
  ring: Ring
  zone: string
  softwareVersion: string
  startedAt: Date
  heartbeatAt: Date
  /** When it drained; null if it did not. */
  leftAt: Date | null
  /** When its connection broke, if no heartbeat followed. */
  lostAt: Date | null
  /** When Auto Scaling was seen not to run its instance any more, if no heartbeat followed. */
  endedAt: Date | null
  formatsRead: PolicyFormats
  applied: Applied
  refused: Troubled
  unsaved: Troubled
  cpuRatio: number
  memoryBytes: number
  /** Sums over its tenants. */
  samplesPerSecond: number
  requestsPerSecond: number
  /** In samples. */
  refusedPerSecond: number
  activeSeries: number
}

/**
 * Stores a gateway's heartbeat in one statement: the gateway, its start and its attestation if these are new, and the
 * figures of its tenants, which replace the previous ones.
 */
export async function recordHeartbeat(
  tx: PlatformTx,
  heartbeat: Heartbeat,
  receivedAt: Date,
): Promise<HeartbeatOutcome> {
  const h = heartbeat
  const tenants = Object.entries(h.tenants).map(([tenantId, figures]) => ({
    tenantId,
    ...figures,
    mayBeNear:
      figures.partUsedRatio === undefined ||
      figures.partUsedRatio >= nearShareRatio ||
      sum(Object.values(refusalsColumn(figures))) > 0,
    refusedTotal: refusedSamples(figures.refusedPerSecond),
    refusedByReason: refusalsColumn(figures),
  }))
  const [outcome] = await clientOf(tx).$queryRaw<
    (Omit<HeartbeatOutcome, 'desiredVersion'> & { desired: bigint | null })[]
  >`
    WITH known AS (
      SELECT refused_version, bundle_format, manifest_format, started_at, left_at, lost_at, ended_at, heartbeat_at
      FROM public.gateway WHERE id = ${h.gatewayId}
    ), gateway AS (
      INSERT INTO public.gateway AS g (id, ring, zone, software_version, bundle_format, manifest_format, started_at,
        heartbeat_at, left_at,
        applied_version, applied_sha256, applied_at, refused_version, refused_reason, refused_at,
        unsaved_version, unsaved_reason, unsaved_at, cpu_ratio, memory_bytes,
        samples_per_second, requests_per_second, refused_per_second, active_series)
      VALUES (${h.gatewayId}, ${h.ring}, ${h.zone}, ${h.softwareVersion}, ${h.formatsRead.bundle}::int,
        ${h.formatsRead.manifest}::int, ${h.startedAt}, ${receivedAt},
        ${h.leaving ? receivedAt : null}::timestamptz,
        ${h.applied?.version ?? null}::bigint, ${h.applied?.sha256 ?? null}, ${h.applied?.appliedAt ?? null}::timestamptz,
        ${h.refused?.version ?? null}::bigint, ${h.refused?.reason ?? null}, ${h.refused?.at ?? null}::timestamptz,
        ${h.unsaved?.version ?? null}::bigint, ${h.unsaved?.reason ?? null}, ${h.unsaved?.at ?? null}::timestamptz,
        ${h.cpuRatio}::float8, ${h.memoryBytes}::bigint, ${sum(tenants.map((t) => t.samplesPerSecond))}::float8,
        ${sum(tenants.map((t) => t.requestsPerSecond))}::float8, ${sum(tenants.map((t) => t.refusedTotal))}::float8,
        ${sum(tenants.map((t) => t.activeSeries))}::float8)
      ON CONFLICT (id) DO UPDATE SET ring = excluded.ring, zone = excluded.zone,
        software_version = excluded.software_version, bundle_format = excluded.bundle_format,
        manifest_format = excluded.manifest_format, started_at = excluded.started_at,
        heartbeat_at = excluded.heartbeat_at, left_at = excluded.left_at, lost_at = NULL, ended_at = NULL,
        applied_version = excluded.applied_version, applied_sha256 = excluded.applied_sha256, applied_at = excluded.applied_at,
        refused_version = excluded.refused_version, refused_reason = excluded.refused_reason,
        refused_at = excluded.refused_at, unsaved_version = excluded.unsaved_version,
        unsaved_reason = excluded.unsaved_reason, unsaved_at = excluded.unsaved_at, cpu_ratio = excluded.cpu_ratio, memory_bytes = excluded.memory_bytes,
        samples_per_second = excluded.samples_per_second, requests_per_second = excluded.requests_per_second,
        refused_per_second = excluded.refused_per_second, active_series = excluded.active_series
    ), started AS (
      INSERT INTO public.gateway_start (gateway_id, started_at, reported_at, software_version, previous_ended_at, previous_left)
      SELECT ${h.gatewayId}, ${h.startedAt}::timestamptz, ${receivedAt}::timestamptz, ${h.softwareVersion},
        coalesce(known.left_at, known.lost_at, known.heartbeat_at),
        CASE WHEN known.started_at IS NOT NULL THEN known.left_at IS NOT NULL END
      FROM (SELECT) one LEFT JOIN known ON true
      WHERE known.started_at IS DISTINCT FROM ${h.startedAt}::timestamptz
      ON CONFLICT DO NOTHING
    ), attested AS (
      INSERT INTO public.attestation (gateway_id, version, sha256, applied_at, received_at)
      SELECT ${h.gatewayId}, ${h.applied?.version ?? null}::bigint, ${h.applied?.sha256 ?? null},
        ${h.applied?.appliedAt ?? null}::timestamptz, ${receivedAt}::timestamptz
      WHERE ${h.applied !== null}
      ON CONFLICT DO NOTHING RETURNING version
    ), seen AS (
      SELECT s.* FROM jsonb_to_recordset(${JSON.stringify(tenants)}::jsonb) AS s("tenantId" text,
        "demandSamplesPerSecond" float8, "demandRequestsPerSecond" float8, "demandSeries" float8,
        "demandQueriesPerSecond" float8, "samplesPerSecond" float8, "requestsPerSecond" float8, "activeSeries" float8, "refusedTotal" float8,
        "refusedByReason" jsonb, "sampleAgeSeconds" float8, "seriesSketch" text, "taken" jsonb, "mayBeNear" boolean)
      WHERE EXISTS (SELECT FROM public.tenant t WHERE t.id = s."tenantId")
    ), gone AS (
      DELETE FROM public.gateway_tenant
      WHERE gateway_id = ${h.gatewayId} AND tenant_id <> ALL (${tenants.map((t) => t.tenantId)}::text[])
    ), figures AS (
      INSERT INTO public.gateway_tenant (tenant_id, gateway_id, demand_samples_per_second, demand_requests_per_second,
        demand_series, demand_queries_per_second, samples_per_second, requests_per_second, active_series,
        refused_per_second, refused_by_reason, sample_age_seconds, series_sketch, taken, may_be_near)
      SELECT "tenantId", ${h.gatewayId}, "demandSamplesPerSecond", "demandRequestsPerSecond", "demandSeries",
        "demandQueriesPerSecond", "samplesPerSecond", "requestsPerSecond", "activeSeries", "refusedTotal", "refusedByReason",
        "sampleAgeSeconds", "seriesSketch", "taken", "mayBeNear"
      FROM seen
      ON CONFLICT (tenant_id, gateway_id) DO UPDATE SET demand_samples_per_second = excluded.demand_samples_per_second,
        demand_requests_per_second = excluded.demand_requests_per_second, demand_series = excluded.demand_series,
        demand_queries_per_second = excluded.demand_queries_per_second,
        samples_per_second = excluded.samples_per_second, requests_per_second = excluded.requests_per_second,
        active_series = excluded.active_series, refused_per_second = excluded.refused_per_second,
        refused_by_reason = excluded.refused_by_reason,
        sample_age_seconds = excluded.sample_age_seconds, series_sketch = excluded.series_sketch, taken = excluded.taken,
        may_be_near = excluded.may_be_near
    )
    SELECT NOT EXISTS (SELECT FROM known) AS "isNew", EXISTS (SELECT FROM attested) AS "attestedNow",
      ${h.refused?.version ?? null}::bigint IS NOT NULL
        AND ${h.refused?.version ?? null}::bigint IS DISTINCT FROM (SELECT refused_version FROM known) AS "refusedNow",
      NOT EXISTS (SELECT FROM known WHERE bundle_format = ${h.formatsRead.bundle}::int
        AND manifest_format = ${h.formatsRead.manifest}::int AND left_at IS NULL AND ended_at IS NULL
        AND heartbeat_at >= ${new Date(receivedAt.getTime() - awayAfterMs)}) AS "formatsToCheck",
      (SELECT desired_version FROM public.ring_state WHERE ring = ${h.ring}) AS desired`
  if (!outcome) throw new TypeError('the heartbeat statement returned no row')
  const { desired, ...rest } = outcome
  return { ...rest, desiredVersion: versionOf(desired) }
}

/** All gateways by ring and id, including those that left, ended or are away. */
export async function list(tx: PlatformTx): Promise<Gateway[]> {
  const rows = await clientOf(tx).gateway.findMany({ orderBy: [{ ring: 'asc' }, { id: 'asc' }] })
  return rows.map(gatewayOf)
}

/** Records that a gateway's connection broke, unless it drained or sent another heartbeat. @returns whether it did. */
export async function lose(tx: PlatformTx, { gatewayId, heartbeatAt }: Gateway, lostAt: Date): Promise<boolean> {
  const where = { id: gatewayId, heartbeatAt, leftAt: null, lostAt: null }
  return (await clientOf(tx).gateway.updateMany({ where, data: { lostAt } })).count > 0
}

/**
 * Records that Auto Scaling does not run a gateway's instance any more, unless it drained or sent another heartbeat.
 * @returns whether it did
 */
export async function end(
  tx: WorkerTx,
  { gatewayId, heartbeatAt }: Pick<Gateway, 'gatewayId' | 'heartbeatAt'>,
  endedAt: Date,
): Promise<boolean> {
  const where = { id: gatewayId, heartbeatAt, leftAt: null, endedAt: null }
  return (await clientOf(tx).gateway.updateMany({ where, data: { endedAt } })).count > 0
}

/** Deletes gateways that sent no heartbeat since then, with all of theirs, and older starts. @returns how many gateways. */
export async function forget(tx: WorkerTx, heartbeatBefore: Date): Promise<number> {
  await clientOf(tx).gatewayStart.deleteMany({ where: { reportedAt: { lt: heartbeatBefore } } })
  const { count } = await clientOf(tx).gateway.deleteMany({ where: { heartbeatAt: { lt: heartbeatBefore } } })
  return count
}

/** The sum over the gateways that sent a heartbeat since then and were not lost and did not leave; null if there is none. */
export async function samplesPerSecond(tx: PlatformTx, heartbeatAfter: Date): Promise<number | null> {
  const where = { heartbeatAt: { gte: heartbeatAfter }, lostAt: null, leftAt: null }
  const { _sum } = await clientOf(tx).gateway.aggregate({ where, _sum: { samplesPerSecond: true } })
  return _sum.samplesPerSecond
}

export async function byId(tx: PlatformTx, gatewayId: string): Promise<Gateway | null> {
  const row = await clientOf(tx).gateway.findUnique({ where: { id: gatewayId } })
  return row && gatewayOf(row)
}

export type LiveDemands = {
  /** These gateways, ordered by id. */
  gatewayIds: string[]
  /** Per tenant, what each of them saw in the last 30 s. A gateway that saw nothing of the tenant is left out. */
  demands: Map<string, Demand[]>
}

/**
 * What the gateways saw of every tenant, for the shares. It counts each gateway that sent a heartbeat since then and did
 * not leave. Do not read it for each heartbeat: one read is enough for all heartbeats of a second.
 * @param lateBefore a gateway that sent no heartbeat since then is late, and so is one whose connection broke
 */
export async function liveDemands(tx: PlatformTx, heartbeatAfter: Date, lateBefore: Date): Promise<LiveDemands> {
  // Reads a gateway's figures as columns of JSON: with one row per tenant, Prisma takes five times as long.
  const rows = await clientOf(tx).$queryRaw<
    { gatewayId: string; late: boolean; tenantIds: string; figures: string; sketches: string | null }[]
  >`
    SELECT g.id AS "gatewayId", g.heartbeat_at < ${lateBefore} OR g.lost_at IS NOT NULL AS late, coalesce(json_agg(gt.tenant_id), '[]')::text AS "tenantIds",
      json_build_array(json_agg(gt.demand_samples_per_second), json_agg(gt.demand_requests_per_second),
        json_agg(gt.demand_series), json_agg(gt.demand_queries_per_second), json_agg(gt.taken))::text AS figures,
      (json_object_agg(gt.tenant_id, gt.series_sketch) FILTER (WHERE gt.series_sketch IS NOT NULL))::text AS sketches
    FROM public.gateway g LEFT JOIN public.gateway_tenant gt ON gt.gateway_id = g.id
    WHERE g.heartbeat_at >= ${heartbeatAfter} AND g.left_at IS NULL
    GROUP BY g.id ORDER BY g.id`
  const demands = new Map<string, Demand[]>()
  for (const { gatewayId, late, ...columns } of rows) {
    const tenantIds = JSON.parse(columns.tenantIds) as (string | null)[]
    const figures = JSON.parse(columns.figures) as [number[], number[], number[], number[], (Taken | null)[]]
    const [samples, requests, series, queries, taken] = figures
    const sketches = JSON.parse(columns.sketches ?? '{}') as Record<string, string>
    for (const [i, tenantId] of tenantIds.entries()) {
      // A gateway without tenants has one row of nulls.
      if (tenantId === null) continue
      const demand: Demand = {
        gatewayId,
        samplesPerSecond: samples[i] ?? 0,
        requestsPerSecond: requests[i] ?? 0,
        activeSeries: series[i] ?? 0,
        queriesPerSecond: queries[i] ?? 0,
        seriesSketch: sketches[tenantId],
        ...(taken[i] && { taken: taken[i] }),
        ...(late && { late }),
      }
      const known = demands.get(tenantId)
      if (known) known.push(demand)
      else demands.set(tenantId, [demand])
    }
  }
  return { gatewayIds: rows.map((row) => row.gatewayId), demands }
}

const sum = (figures: number[]) => figures.reduce((total, figure) => total + figure, 0)

const troubledOf = (version: bigint | null, reason: string | null, at: Date | null): Troubled =>
  version === null || at === null ? null : { version: Number(version), reason: reason ?? '', at }

const gatewayOf = (row: Row): Gateway => ({
  gatewayId: row.id,
  ring: row.ring,
  zone: row.zone,
  softwareVersion: row.softwareVersion,
  formatsRead: { bundle: row.bundleFormat, manifest: row.manifestFormat },
  startedAt: row.startedAt,
  heartbeatAt: row.heartbeatAt,
  leftAt: row.leftAt,
  lostAt: row.lostAt,
  endedAt: row.endedAt,
  applied:
    row.appliedVersion !== null && row.appliedSha256 !== null && row.appliedAt !== null
      ? { version: Number(row.appliedVersion), sha256: row.appliedSha256, appliedAt: row.appliedAt }
      : null,
  refused: troubledOf(row.refusedVersion, row.refusedReason, row.refusedAt),
  unsaved: troubledOf(row.unsavedVersion, row.unsavedReason, row.unsavedAt),
  cpuRatio: row.cpuRatio,
  memoryBytes: Number(row.memoryBytes),
  samplesPerSecond: row.samplesPerSecond,
  requestsPerSecond: row.requestsPerSecond,
  refusedPerSecond: row.refusedPerSecond,
  activeSeries: row.activeSeries,
})
