import type { Ring } from '@tickwatch/policy'
import type { Prisma } from './generated/client.ts'
import { versionOf } from './json.ts'
import { clientOf, type Tx } from './transaction.ts'

export type PolicyVersionState = 'compiled' | 'publishing' | 'enforced' | 'refused' | 'superseded'

/** The progress of a version in one ring. */
export type WaveProgress = {
  ring: Ring
  /** When the manifest was written to the ring's parameter. */
  publishedAt: Date | null
  /** When the last live gateway of the ring enforced it. */
  enforcedAt: Date | null
}

/** The progress of a version. It has nothing about other tenants. */
export type PolicyVersionProgress = {
  version: number
  sha256: string
  state: PolicyVersionState
  createdAt: Date
  /** When the earliest change that it carries was saved. */
  savedAt: Date
  /** In the order in which the rings get it. */
  waves: WaveProgress[]
  /** When the last live gateway of all its waves enforced it. */
  enforcedAt: Date | null
  /** Why it waits or stopped, as a sentence. Tenants may read it, so it names gateways but never tenants. */
  held: string | null
}

// The columns that a tenant's role may read. rights.int.test.ts checks its rights.
export const progressColumns = {
  version: true,
  sha256: true,
  state: true,
  createdAt: true,
  savedAt: true,
  waves: { select: { ring: true, publishedAt: true, enforcedAt: true }, orderBy: { position: 'asc' } },
  enforcedAt: true,
  held: true,
} as const satisfies Prisma.PolicyVersionSelect

/** The progress of a version. Tenants may read that of any version. */
export async function progress(tx: Tx, version: number): Promise<PolicyVersionProgress | null> {
  const row = await clientOf(tx).policyVersion.findUnique({ where: { version }, select: progressColumns })
  return row && { ...row, version: Number(row.version) }
}

type ProgressRow = Omit<PolicyVersionProgress, 'version' | 'waves'> & { version: bigint; waves: string }
/** Per wave: its ring, and when the version was published and enforced there (ISO 8601). */
type WaveRow = [ring: Ring, publishedAt: string | null, enforcedAt: string | null]

/** Each of `versions` and up to `next` versions after it, all in one list, oldest first. Tenants may read it. */
export async function progressFrom(
  tx: Tx,
  versions: readonly number[],
  next: number,
): Promise<PolicyVersionProgress[]> {
  const rows = await clientOf(tx).$queryRaw<ProgressRow[]>`
    SELECT v.version, v.sha256, v.state, v.created_at AS "createdAt", v.saved_at AS "savedAt",
      v.enforced_at AS "enforcedAt", v.held, (
        SELECT coalesce(json_agg(json_build_array(w.ring, w.published_at, w.enforced_at) ORDER BY w.position), '[]')::text
        FROM public.policy_version_wave w WHERE w.version = v.version
      ) AS waves
    FROM (
      SELECT DISTINCT p.version FROM unnest(${versions.map(BigInt)}::bigint[]) AS wanted(version)
        CROSS JOIN LATERAL (
          SELECT v.version FROM public.policy_version v
          WHERE v.version >= wanted.version ORDER BY v.version LIMIT ${next + 1}
        ) p
    ) carrier JOIN public.policy_version v ON v.version = carrier.version
    ORDER BY v.version`
  return rows.map((row) => ({
    ...row,
    version: Number(row.version),
    waves: (JSON.parse(row.waves) as WaveRow[]).map(([ring, publishedAt, enforcedAt]) => ({
      ring,
      publishedAt: publishedAt === null ? null : new Date(publishedAt),
      enforcedAt: enforcedAt === null ? null : new Date(enforcedAt),
    })),
  }))
}

/** One gateway's progress to a version. */
export type GatewayProgress = {
  version: number
  gatewayId: string
  ring: Ring
  heartbeatAt: Date
  /** When its connection broke, if no heartbeat followed. */
  lostAt: Date | null
  appliedVersion: number | null
  appliedSha256: string | null
  refusedVersion: number | null
  refusedAt: Date | null
  /** When it first enforced this version or a newer one, and when the heartbeat about that arrived. */
  enforced: { version: number; appliedAt: Date; receivedAt: Date } | null
}

/** Per gateway: its id, the version that it enforced first, when it did, and when its heartbeat arrived (ISO 8601). */
type Enforced = [gatewayId: string, version: number | null, appliedAt: string, receivedAt: string]

/**
 * The progress of every gateway that did not leave or end to each of `versions`. Tenants may read it. The reasons of
 * refusals are only in `gateways.list`, for the platform.
 */
export async function gatewayProgress(tx: Tx, versions: readonly number[]): Promise<GatewayProgress[]> {
  const gateways = await clientOf(tx).gateway.findMany({
    where: { leftAt: null, endedAt: null },
    select: {
      ...{ id: true, ring: true, heartbeatAt: true, lostAt: true, appliedVersion: true, appliedSha256: true },
      ...{ refusedVersion: true, refusedAt: true },
    },
    orderBy: [{ ring: 'asc' }, { id: 'asc' }],
  })
  // Most gateways attest each version, so one look-up per gateway finds most attestations. Only for a version that a
  // gateway skipped, a second one finds the next newer version. OFFSET 0 forces one look-up per gateway, however many
  // rows there are. Each version is one text: with one row per gateway, Prisma takes twice as long.
  const wanted = versions.map(BigInt)
  const rows = await clientOf(tx).$queryRaw<{ version: bigint; enforced: string }[]>`
    WITH own AS MATERIALIZED (
      SELECT a.* FROM public.gateway g
        CROSS JOIN LATERAL (
          SELECT a.gateway_id, a.version, a.applied_at, a.received_at FROM public.attestation a
          WHERE a.gateway_id = g.id AND a.version = ANY (${wanted}::bigint[]) OFFSET 0
        ) a
    )
    SELECT v.version, json_agg(json_build_array(g.id, coalesce(own.version, next.version),
      coalesce(own.applied_at, next.applied_at), coalesce(own.received_at, next.received_at)))::text AS enforced
    FROM unnest(${wanted}::bigint[]) AS v(version)
      CROSS JOIN public.gateway g
      LEFT JOIN own ON own.gateway_id = g.id AND own.version = v.version
      LEFT JOIN LATERAL (
        SELECT a.version, a.applied_at, a.received_at FROM public.attestation a
        WHERE own.version IS NULL AND a.gateway_id = g.id AND a.version > v.version ORDER BY a.version LIMIT 1
      ) next ON true
    GROUP BY v.version ORDER BY v.version`
  return rows.flatMap((row) => {
    const enforced = new Map((JSON.parse(row.enforced) as Enforced[]).map((of) => [of[0], of]))
    return gateways.map(({ id, appliedVersion, refusedVersion, ...gateway }) => {
      const [, version, appliedAt, receivedAt] = enforced.get(id) ?? [id, null, '', '']
      return {
        ...gateway,
        version: Number(row.version),
        gatewayId: id,
        appliedVersion: versionOf(appliedVersion),
        refusedVersion: versionOf(refusedVersion),
        enforced:
          version === null ? null : { version, appliedAt: new Date(appliedAt), receivedAt: new Date(receivedAt) },
      }
    })
  })
}
