import { type LimitName, type Limits, limitDefinitions, queryRefusalReasons, unreadReasons } from '@tickwatch/policy'
import { Prisma } from './generated/client.ts'
import { ofQuery, type Refusals, refusalsOf } from './json.ts'
import { clientOf, type PlatformTx, type Tx, type WorkerTx } from './transaction.ts'

/** A tenant's use now: the sum of the live gateways' newest heartbeats. */
export type TenantUse = {
  /** The number of live gateways, whether or not they see the tenant. If it is 0, the use is unknown. */
  gateways: number
  /** The oldest of their heartbeats. */
  asOf: Date | null
  samplesPerSecond: number
  requestsPerSecond: number
  activeSeries: number
  /** In samples, all reasons together. */
  refusedPerSecond: number
  /** The mean age of the accepted samples at their arrival; null if none was accepted or no gateway measures it. */
  sampleAgeSeconds: number | null
} & Refusals

/** The gateways whose newest figures say nothing about now: they are silent, lost or have stopped. */
const notLive = (heartbeatAfter: Date) => Prisma.sql`
  SELECT id FROM public.gateway WHERE heartbeat_at < ${heartbeatAfter} OR lost_at IS NOT NULL OR left_at IS NOT NULL`

export async function now(tx: Tx, tenantId: string, heartbeatAfter: Date): Promise<TenantUse> {
  const [use] = await clientOf(tx).$queryRaw<(Omit<TenantUse, keyof Refusals> & { reasons: unknown[] })[]>`
    SELECT count(*)::int AS gateways, min(g.heartbeat_at) AS "asOf",
      coalesce(sum(gt.samples_per_second), 0) AS "samplesPerSecond",
      coalesce(sum(gt.requests_per_second), 0) AS "requestsPerSecond",
      coalesce(sum(gt.active_series), 0) AS "activeSeries",
      coalesce(sum(gt.refused_per_second), 0) AS "refusedPerSecond",
      coalesce(jsonb_agg(gt.refused_by_reason) FILTER (WHERE gt.refused_by_reason <> '{}'), '[]') AS reasons,
      sum(gt.sample_age_seconds * gt.samples_per_second)
        / nullif(sum(gt.samples_per_second) FILTER (WHERE gt.sample_age_seconds IS NOT NULL), 0) AS "sampleAgeSeconds"
    FROM public.gateway g
      LEFT JOIN public.gateway_tenant gt ON gt.gateway_id = g.id AND gt.tenant_id = ${tenantId}
    WHERE g.heartbeat_at >= ${heartbeatAfter} AND g.lost_at IS NULL AND g.left_at IS NULL`
  if (!use) throw new TypeError('the aggregate returned no row')
  const { reasons, ...sums } = use
  return { ...sums, ...refusalsOf(reasons) }
}

/** What a gateway refuses per second that is not counted in samples. */
export type RefusedUncounted = { requests: number; queries: number }

/**
 * Per gateway, of all its tenants. A gateway that refuses nothing of the kind is missing. It reads the figures of all
 * tenants on all gateways, so one read should serve all who look: of 60,000 it took 10 ms, and 25 ms if a tenth is refused
 * something.
 */
export async function refusedUncounted(tx: PlatformTx): Promise<Map<string, RefusedUncounted>> {
  const unread = [...unreadReasons]
  const uncounted = [...unread, ...Object.keys(queryRefusalReasons).map((reason) => `${ofQuery}${reason}`)]
  const rows = await clientOf(tx).$queryRaw<({ gatewayId: string } & RefusedUncounted)[]>`
    SELECT gt.gateway_id AS "gatewayId",
      coalesce(sum(refused.rate::float8) FILTER (WHERE refused.reason = ANY (${unread}::text[])), 0) AS requests,
      coalesce(sum(refused.rate::float8) FILTER (WHERE starts_with(refused.reason, ${ofQuery})), 0) AS queries
    FROM public.gateway_tenant gt CROSS JOIN LATERAL jsonb_each_text(gt.refused_by_reason) AS refused(reason, rate)
    WHERE gt.may_be_near AND gt.refused_by_reason <> '{}' AND gt.refused_by_reason ?| ${uncounted}::text[]
    GROUP BY gt.gateway_id`
  return new Map(rows.map(({ gatewayId, ...refused }) => [gatewayId, refused]))
}

/** Stores each tenant's use over all gateways, to sort the list of tenants by it. To sum on each read takes too long. */
export async function sumTraffic(tx: WorkerTx, heartbeatAfter: Date): Promise<void> {
  await clientOf(tx).$executeRaw`
    WITH live AS MATERIALIZED (
      SELECT gt.tenant_id, sum(gt.samples_per_second) AS samples, sum(gt.requests_per_second) AS requests,
        sum(gt.active_series) AS series
      FROM public.gateway_tenant gt
      WHERE gt.gateway_id NOT IN (${notLive(heartbeatAfter)})
      GROUP BY gt.tenant_id
    ), gone AS (
      DELETE FROM public.tenant_traffic tt WHERE NOT EXISTS (SELECT FROM live WHERE live.tenant_id = tt.tenant_id)
    )
    INSERT INTO public.tenant_traffic AS tt (tenant_id, samples_per_second, requests_per_second, active_series)
    SELECT tenant_id, samples, requests, series FROM live ORDER BY tenant_id
    ON CONFLICT (tenant_id) DO UPDATE SET samples_per_second = excluded.samples_per_second,
      requests_per_second = excluded.requests_per_second, active_series = excluded.active_series
    WHERE (tt.samples_per_second, tt.requests_per_second, tt.active_series)
      <> (excluded.samples_per_second, excluded.requests_per_second, excluded.active_series)`
}

/** The limits that are metered, and the columns with their use. */
const meters = [
  { limit: 'ingest.samplesPerSecond', used: Prisma.sql`samples` },
  { limit: 'ingest.requestsPerSecond', used: Prisma.sql`requests` },
  { limit: 'series.activeMax', used: Prisma.sql`series` },
] as const satisfies { limit: LimitName; used: Prisma.Sql }[]

/** A tenant's value of a limit, from its own limits in the column `limits`. */
const maxOf = (limit: LimitName, platformDefaults: Limits) => {
  const otherwise = platformDefaults[limit] ?? limitDefinitions[limit].default
  return Prisma.sql`coalesce((limits ->> ${limit})::float8, ${otherwise}::float8)`
}

/**
 * The highest part of a metered limit that a tenant uses, from the columns `limits`, `samples`, `requests` and `series`.
 * @param platformDefaults for tenants without a value of their own.
 */
export const usedRatio = (platformDefaults: Limits): Prisma.Sql =>
  Prisma.sql`greatest(${Prisma.join(meters.map(({ limit, used }) => Prisma.sql`${used} / ${maxOf(limit, platformDefaults)}`))})`

export type NearLimit = {
  tenantId: string
  name: string
  limit: LimitName
  used: number
  max: number
  /** `used` divided by `max`. */
  ratio: number
} & Refusals

/**
 * The tenants that are refused something, and those that use at least `ratioMin` of a metered limit, each with its most
 * used limit. The refused ones come first, then the highest ratio.
 * @param platformDefaults for tenants without a value of their own.
 */
export async function nearLimit(
  tx: PlatformTx,
  request: { heartbeatAfter: Date; ratioMin: number; count: number; platformDefaults: Limits },
): Promise<NearLimit[]> {
  const { heartbeatAfter, ratioMin, count, platformDefaults } = request
  const rows = meters.map(({ limit, used }) => Prisma.sql`(${limit}, ${used}, ${maxOf(limit, platformDefaults)})`)
  // Sums only tenants that are flagged `may_be_near` at some gateway, because of their use or because it refuses them. The recursion is a loose index scan: it finds each
  // tenant once, however many flagged it. To exclude the few that are away is cheaper than to join the live ones.
  const near = await clientOf(tx).$queryRaw<(Omit<NearLimit, keyof Refusals> & { reasons: unknown[] })[]>`
    WITH RECURSIVE candidate AS (
      (SELECT tenant_id FROM public.gateway_tenant WHERE may_be_near ORDER BY tenant_id LIMIT 1)
      UNION ALL
      SELECT (SELECT gt.tenant_id FROM public.gateway_tenant gt
        WHERE gt.may_be_near AND gt.tenant_id > candidate.tenant_id ORDER BY gt.tenant_id LIMIT 1)
      FROM candidate WHERE candidate.tenant_id IS NOT NULL
    ), near AS (
      SELECT used.*, q.limits, ${usedRatio(platformDefaults)} AS ratio
      FROM candidate JOIN public.tenant_quota q ON q.tenant_id = candidate.tenant_id
        CROSS JOIN LATERAL (
          SELECT candidate.tenant_id, sum(gt.samples_per_second) AS samples, sum(gt.requests_per_second) AS requests,
            sum(gt.active_series) AS series,
            coalesce(jsonb_agg(gt.refused_by_reason) FILTER (WHERE gt.refused_by_reason <> '{}'), '[]') AS reasons
          FROM public.gateway_tenant gt
          WHERE gt.tenant_id = candidate.tenant_id
            AND gt.gateway_id NOT IN (${notLive(heartbeatAfter)})
        ) used
      WHERE used.samples IS NOT NULL
      ORDER BY used.reasons = '[]', ratio DESC, used.tenant_id LIMIT ${count}
    )
    SELECT near.tenant_id AS "tenantId", t.name, meter."limit", meter.used, meter.max, near.ratio,
      near.reasons
    FROM near
      JOIN public.tenant t ON t.id = near.tenant_id
      CROSS JOIN LATERAL (
        SELECT * FROM (VALUES ${Prisma.join(rows)}) AS m("limit", used, max) ORDER BY used / max DESC LIMIT 1
      ) meter
    WHERE near.ratio >= ${ratioMin}::float8 OR near.reasons <> '[]'
    ORDER BY near.reasons = '[]', near.ratio DESC, near.tenant_id`
  return near.map(({ reasons, ...tenant }) => ({ ...tenant, ...refusalsOf(reasons) }))
}
