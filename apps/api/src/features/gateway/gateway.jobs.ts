import { gateways } from '@tickwatch/db'
import type { Jobs } from '../../workers/registry.ts'
import { createEndedInstances, type EndedInstancesParts } from './endedInstances.ts'

const keptMs = 30 * 86_400_000

export function createGatewayJobs(parts: EndedInstancesParts): Jobs<'forgetGateways'> {
  const forgetGateways = {
    leg: 'forget-gateways',
    async run() {
      await parts.db.worker((tx) => gateways.forget(tx, new Date(Date.now() - keptMs)))
    },
  }
  return {
    tasks: { forgetGateways },
    schedules: [{ task: 'forgetGateways', cron: '47 3 * * *' }],
    ticks: { endedInstances: createEndedInstances(parts) },
  }
}
