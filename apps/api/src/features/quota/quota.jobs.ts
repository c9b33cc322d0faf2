import { type Database, quotas } from '@tickwatch/db'
import { z } from 'zod'
import type { Jobs } from '../../workers/registry.ts'
import { endBoost } from './boostEnd.ts'

const boostsATick = 100
const boost = z.object({ tenantId: z.string(), revision: z.number().int() })

export function createQuotaJobs(db: Database): Jobs<'revertBoost'> {
  return {
    tasks: {
      revertBoost: {
        leg: 'revert-boost',
        async run(payload) {
          const { tenantId, revision } = boost.parse(payload)
          await endBoost(db, tenantId, revision)
        },
      },
    },
    schedules: [],
    ticks: {
      async endBoosts() {
        const due = await db.worker((tx) => quotas.boostsDue(tx, new Date(), boostsATick))
        for (const { tenantId, revision } of due) await endBoost(db, tenantId, revision)
      },
    },
  }
}
