import { type Refusals, refusalsOf } from './json.ts'
import { clientOf, type PlatformTx } from './transaction.ts'

export type TenantOnGateway = {
  tenantId: string
  samplesPerSecond: number
  refusedPerSecond: number
  activeSeries: number
} & Refusals

/** The tenants of a gateway's newest heartbeat, the busiest first. */
export async function list(tx: PlatformTx, gatewayId: string): Promise<TenantOnGateway[]> {
  const rows = await clientOf(tx).gatewayTenant.findMany({
    where: { gatewayId },
    select: {
      tenantId: true,
      samplesPerSecond: true,
      refusedPerSecond: true,
      activeSeries: true,
      refusedByReason: true,
    },
    orderBy: [{ samplesPerSecond: 'desc' }, { tenantId: 'asc' }],
  })
  return rows.map(({ refusedByReason, ...figures }) => ({ ...figures, ...refusalsOf([refusedByReason]) }))
}
