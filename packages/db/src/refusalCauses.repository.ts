import type { RefusalCauses } from '@tickwatch/policy'
import { clientOf, type PlatformTx, type Tx } from './transaction.ts'

/** Stores what a gateway reports, by tenant, in place of its earlier reports. Tenants that do not exist are ignored. */
export async function record(
  tx: PlatformTx,
  gatewayId: string,
  byTenant: Record<string, RefusalCauses>,
  reportedAt: Date,
): Promise<void> {
  const reports = Object.entries(byTenant).map(([tenantId, report]) => ({ tenantId, report }))
  if (reports.length === 0) return
  await clientOf(tx).$executeRaw`
    INSERT INTO public.refusal_causes (tenant_id, gateway_id, reported_at, report)
    SELECT r."tenantId", ${gatewayId}, ${reportedAt}, r.report
    FROM jsonb_to_recordset(${JSON.stringify(reports)}::jsonb) AS r("tenantId" text, report jsonb)
    WHERE EXISTS (SELECT FROM public.tenant t WHERE t.id = r."tenantId") ORDER BY 1
    ON CONFLICT (tenant_id, gateway_id) DO UPDATE SET reported_at = excluded.reported_at, report = excluded.report`
}

/** The newest report of each gateway that reported since then. */
export async function of(
  tx: Tx,
  tenantId: string,
  reportedAfter: Date,
): Promise<{ gatewayId: string; reportedAt: Date; report: RefusalCauses }[]> {
  const rows = await clientOf(tx).refusalCauses.findMany({
    where: { tenantId, reportedAt: { gte: reportedAfter } },
    orderBy: { gatewayId: 'asc' },
  })
  return rows.map(({ gatewayId, reportedAt, report }) => ({ gatewayId, reportedAt, report: report as RefusalCauses }))
}
