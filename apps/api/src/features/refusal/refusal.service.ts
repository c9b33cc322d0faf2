import { type Database, refusalCauses } from '@tickwatch/db'
import { mergeRefusalCauses } from '@tickwatch/policy'
import type { RefusalCausesView } from './refusal.types.ts'

export type RefusalService = {
  causes(tenantId: string): Promise<RefusalCausesView>
}

const hourMs = 3_600_000

export function createRefusalService(db: Database): RefusalService {
  return {
    causes: (tenantId) =>
      db.tenant(tenantId, async (tx) => {
        const reports = await refusalCauses.of(tx, tenantId, new Date(Date.now() - hourMs))
        const merged = mergeRefusalCauses(reports.map(({ report }) => report))
        const newestMs = Math.max(...reports.map(({ reportedAt }) => reportedAt.getTime()))
        return (
          merged && {
            ...merged,
            asOf: new Date(newestMs).toISOString(),
            gatewayIds: reports.map(({ gatewayId }) => gatewayId),
          }
        )
      }),
  }
}
