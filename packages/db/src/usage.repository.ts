import { type LimitName, type Limits, limitDefinitions, limitNames } from '@tickwatch/policy'
import { figuresOf } from './json.ts'
import { clientOf, type PlatformTx, type Tx } from './transaction.ts'

/** A tenant's use now: the newest heartbeats of the live gateways, added up. */
export type TenantUse = {
  /** How many gateways are live, whether or not they see the tenant; with 0 nothing is known. */
  gateways: number
  /** The oldest of their heartbeats. */
  asOf: Date | null
  samplesPerSecond: number
  requestsPerSecond: number
  activeSeries: number
  /** Samples a second, all reasons together. */
  refusedPerSecond: number
  refusedByReason: Record<string, number>
}

export async function now(tx: Tx, tenantId: string, heartbeatAfter: Date): Promise<TenantUse> {
  const rows = await clientOf(tx).$queryRaw<
    { asOf: Date; samples: number; requests: number; series: number; refused: number; reasons: unknown }[]
  >`
    SELECT g.heartbeat_at AS "asOf", coalesce(gt.samples_per_second, 0) AS samples,
      coalesce(gt.requests_per_second, 0) AS requests, coalesce(gt.active_series, 0) AS series,
      coalesce(gt.refused_per_second, 0) AS refused, gt.refused_by_reason AS reasons
    FROM public.gateway g
      LEFT JOIN public.gateway_tenant gt ON gt.gateway_id = g.id AND gt.tenant_id = ${tenantId}
    WHERE g.heartbeat_at >= ${heartbeatAfter}`
  const use: TenantUse = {
    gateways: rows.length,
    asOf: null,
    samplesPerSecond: 0,
    requestsPerSecond: 0,
    activeSeries: 0,
    refusedPerSecond: 0,
    refusedByReason: {},
  }
  for (const row of rows) {
    if (!use.asOf || row.asOf < use.asOf) use.asOf = row.asOf
    use.samplesPerSecond += row.samples
    use.requestsPerSecond += row.requests
    use.activeSeries += row.series
    use.refusedPerSecond += row.refused
    for (const [reason, samples] of Object.entries(figuresOf(row.reasons))) {
      use.refusedByReason[reason] = (use.refusedByReason[reason] ?? 0) + samples
    }
  }
  return use
}

export type NearLimit = {
  tenantId: string
  name: string
  limit: LimitName
  used: number
  max: number
  /** `used` over `max`. */
  ratio: number
  refusedPerSecond: number
}

/**
 * The tenants that use at least `ratioMin` of a metered limit now, the nearest first: of each its nearest limit.
 * @param platformDefaults in force where a tenant has no value of its own.
 */
export async function nearLimit(
  tx: PlatformTx,
  request: { heartbeatAfter: Date; ratioMin: number; count: number; platformDefaults: Limits },
): Promise<NearLimit[]> {
  const { heartbeatAfter, ratioMin, count } = request
  const defaults = JSON.stringify(
    Object.fromEntries(
      limitNames.map((name) => [name, request.platformDefaults[name] ?? limitDefinitions[name].default]),
    ),
  )
  return clientOf(tx).$queryRaw<NearLimit[]>`
    WITH used AS MATERIALIZED (
      SELECT gt.tenant_id, sum(gt.samples_per_second) AS samples, sum(gt.requests_per_second) AS requests,
        sum(gt.active_series) AS series, sum(gt.refused_per_second) AS refused
      FROM public.gateway_tenant gt JOIN public.gateway g ON g.id = gt.gateway_id
      WHERE g.heartbeat_at >= ${heartbeatAfter}
      GROUP BY gt.tenant_id
    )
    SELECT used.tenant_id AS "tenantId", t.name, meter."limit", meter.used, meter.max, meter.used / meter.max AS ratio,
      used.refused AS "refusedPerSecond"
    FROM used
      JOIN public.tenant t ON t.id = used.tenant_id
      JOIN public.tenant_quota q ON q.tenant_id = used.tenant_id
      CROSS JOIN LATERAL (
        SELECT m."limit", m.used, coalesce(q.limits ->> m."limit", ${defaults}::jsonb ->> m."limit")::float8 AS max
        FROM (VALUES ('ingest.samplesPerSecond', used.samples), ('series.activeMax', used.series),
          ('ingest.requestsPerSecond', used.requests)) AS m("limit", used)
        ORDER BY m.used / coalesce(q.limits ->> m."limit", ${defaults}::jsonb ->> m."limit")::float8 DESC LIMIT 1
      ) meter
    WHERE meter.used >= meter.max * ${ratioMin}::float8
    ORDER BY ratio DESC, used.tenant_id LIMIT ${count}`
}
