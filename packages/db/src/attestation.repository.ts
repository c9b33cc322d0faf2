import { clientOf, type PlatformTx } from './transaction.ts'

export type Attestation = {
  version: number
  sha256: string
  appliedAt: Date
  receivedAt: Date
  /** When the earliest change that the version carries was saved; null if the version is unknown here. */
  savedAt: Date | null
}

/** The newest versions that a gateway attested, newest first. */
export async function newest(tx: PlatformTx, gatewayId: string, count: number): Promise<Attestation[]> {
  const rows = await clientOf(tx).$queryRaw<(Omit<Attestation, 'version'> & { version: bigint })[]>`
    SELECT a.version, a.sha256, a.applied_at AS "appliedAt", a.received_at AS "receivedAt", v.saved_at AS "savedAt"
    FROM public.attestation a LEFT JOIN public.policy_version v ON v.version = a.version
    WHERE a.gateway_id = ${gatewayId} ORDER BY a.version DESC LIMIT ${count}`
  return rows.map((row) => ({ ...row, version: Number(row.version) }))
}

/** The newest versions that a gateway applied in a time, by its clock, newest first. */
export async function between(
  tx: PlatformTx,
  gatewayId: string,
  { from, to }: { from: Date; to: Date },
  count: number,
): Promise<Pick<Attestation, 'version' | 'appliedAt'>[]> {
  const rows = await clientOf(tx).attestation.findMany({
    where: { gatewayId, appliedAt: { gte: from, lte: to } },
    select: { version: true, appliedAt: true },
    orderBy: { version: 'desc' },
    take: count,
  })
  return rows.map((row) => ({ ...row, version: Number(row.version) }))
}
