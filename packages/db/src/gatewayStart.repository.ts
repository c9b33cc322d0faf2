import { clientOf, type PlatformTx } from './transaction.ts'

/** A start of a gateway's process. `gateways.recordHeartbeat` stores it. */
export type GatewayStart = {
  gatewayId: string
  /** By the gateway's clock. */
  startedAt: Date
  /** When its first heartbeat arrived. */
  reportedAt: Date
  softwareVersion: string
  /** When the process before it left or was last seen; null for the first start that is known. */
  previousEndedAt: Date | null
  /** True if that process drained; false if it sent no last heartbeat. */
  previousLeft: boolean | null
}

/** The newest starts in a time, newest first: of one gateway, or of all. */
export const between = (
  tx: PlatformTx,
  gatewayId: string | null,
  { from, to }: { from: Date; to: Date },
  count: number,
): Promise<GatewayStart[]> =>
  clientOf(tx).gatewayStart.findMany({
    where: { startedAt: { gte: from, lte: to }, ...(gatewayId === null ? {} : { gatewayId }) },
    orderBy: [{ startedAt: 'desc' }, { gatewayId: 'asc' }],
    take: count,
  })

/** The newest starts, newest first: of one gateway, or of all. */
export const list = (tx: PlatformTx, gatewayId: string | null, count: number): Promise<GatewayStart[]> =>
  clientOf(tx).gatewayStart.findMany({
    where: gatewayId === null ? {} : { gatewayId },
    orderBy: [{ reportedAt: 'desc' }, { gatewayId: 'asc' }],
    take: count,
  })
