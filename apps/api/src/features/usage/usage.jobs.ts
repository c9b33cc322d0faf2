import { type Database, usage } from '@tickwatch/db'
import type { Jobs } from '../../workers/registry.ts'
import { liveSince } from '../gateway/liveSince.ts'

export function createUsageJobs(db: Database): Jobs<never> {
  return {
    tasks: {},
    schedules: [],
    ticks: { sumTraffic: () => db.worker((tx) => usage.sumTraffic(tx, liveSince())) },
  }
}
