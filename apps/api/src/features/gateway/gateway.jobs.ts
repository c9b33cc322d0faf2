import { type Database, gateways } from '@tickwatch/db'
import type { Jobs } from '../../workers/registry.ts'

const keptMs = 30 * 86_400_000

export function createGatewayJobs(db: Database): Jobs<'forgetGateways'> {
  const forgetGateways = {
    leg: 'forget-gateways',
    async run() {
      await db.worker((tx) => gateways.forget(tx, new Date(Date.now() - keptMs)))
    },
  }
  return { tasks: { forgetGateways }, schedules: [{ task: 'forgetGateways', cron: '47 3 * * *' }], ticks: {} }
}
