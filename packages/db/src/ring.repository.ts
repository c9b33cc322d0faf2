import type { Ring } from '@tickwatch/policy'
import { NotFound } from './errors.ts'
import { versionOf } from './json.ts'
import { clientOf, type PlatformTx, type Tx, type WorkerTx } from './transaction.ts'

/** The policy that a ring must enforce. */
export type RingDesire = { ring: Ring; version: number; sha256: string; publishedAt: Date }
export type RingState = RingDesire & {
  /** The SSM parameter's value, byte for byte. */
  manifest: string
  /** SSM's version of the parameter. */
  parameterVersion: number
  /** The newest version that the whole ring attested. */
  lastGoodVersion: number | null
}

/** The policy that each ring must enforce. Tenants may read it. */
export async function desired(tx: Tx): Promise<RingDesire[]> {
  const rows = await clientOf(tx).ringState.findMany({
    select: { ring: true, desiredVersion: true, desiredSha256: true, publishedAt: true },
    orderBy: { ring: 'asc' },
  })
  return rows.map((row) => ({
    ring: row.ring,
    version: Number(row.desiredVersion),
    sha256: row.desiredSha256,
    publishedAt: row.publishedAt,
  }))
}

export type RingProgress = {
  desires: RingDesire[]
  /**
   * By gateway id: when the first version that the gateway has not applied was published to its ring. Newer versions
   * must not make it look less behind. Gateways that applied their ring's version, or no version yet, are left out.
   */
  missedSince: Map<string, Date>
}

/** The policy that each ring must enforce, and since when gateways are behind it. */
export async function ringProgress(tx: PlatformTx): Promise<RingProgress> {
  const rows = await clientOf(tx).$queryRaw<{ gatewayId: string; since: Date }[]>`
    SELECT g.id AS "gatewayId", missed.since
    FROM public.gateway g
      JOIN public.ring_state r ON r.ring = g.ring AND r.desired_version > g.applied_version
      CROSS JOIN LATERAL (
        SELECT w.published_at AS since FROM public.policy_version_wave w
        WHERE w.ring = g.ring AND w.version > g.applied_version AND w.version <= r.desired_version
          AND w.published_at IS NOT NULL
        ORDER BY w.version LIMIT 1
      ) missed`
  return {
    desires: await desired(tx),
    missedSince: new Map(rows.map(({ gatewayId, since }) => [gatewayId, since])),
  }
}

export async function ringStates(tx: PlatformTx): Promise<RingState[]> {
  const rows = await clientOf(tx).ringState.findMany({ orderBy: { ring: 'asc' } })
  return rows.map((row) => ({
    ring: row.ring,
    version: Number(row.desiredVersion),
    sha256: row.desiredSha256,
    publishedAt: row.publishedAt,
    manifest: row.manifest,
    parameterVersion: row.parameterVersion,
    lastGoodVersion: versionOf(row.lastGoodVersion),
  }))
}

/** Saves what was written to a ring's parameter. `lastGoodVersion` stays as {@link setLastGood} set it. */
export async function setDesired(tx: WorkerTx, state: Omit<RingState, 'lastGoodVersion'>): Promise<void> {
  const { ring, version, sha256, publishedAt, manifest, parameterVersion } = state
  const data = { desiredVersion: version, desiredSha256: sha256, publishedAt, manifest, parameterVersion }
  await clientOf(tx).ringState.upsert({ where: { ring }, create: { ring, ...data }, update: data })
}

/** @throws NotFound if nothing was published to the ring yet. */
export async function setLastGood(tx: WorkerTx, ring: Ring, version: number): Promise<void> {
  const { count } = await clientOf(tx).ringState.updateMany({ where: { ring }, data: { lastGoodVersion: version } })
  if (count === 0) throw new NotFound(`ring ${ring} has no manifest`)
}
