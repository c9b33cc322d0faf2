import type { MetricsQuery, RuleGroups } from '@tickwatch/aws'
import type { Database } from '@tickwatch/db'
import type { Logger } from 'pino'
import type { FairSlots } from '../../shared/fairSlots.ts'
import { createLeases } from '../../workers/lease.ts'
import type { Jobs } from '../../workers/registry.ts'
import { createRecounter } from './recounter.ts'
import { createRuleWriter } from './ruleWriter.ts'
import type { Compiler } from './slo.compiler.ts'

/** AMP refuses a change of a namespace while another one is in progress, so one process at a time writes rules. */
const writing = { name: 'slo-rules', forMs: 10_000 }

export function createSloJobs(parts: {
  db: Database
  rules: RuleGroups
  compiler: Compiler
  rulesMax: number
  storage: MetricsQuery
  slots: FairSlots
  stepSeconds: number
  ending: AbortSignal
  log: Logger
}): Jobs<'putSloRules'> {
  const leases = createLeases(parts.db, writing, parts.ending, parts.log)
  const writer = createRuleWriter(parts)
  const recounting = createLeases(parts.db, { name: 'slo-recount', forMs: 10_000 }, parts.ending, parts.log)
  const recounter = createRecounter(parts)
  return {
    tasks: { putSloRules: { leg: 'slo-rules', run: () => leases.hold(writer.settle) } },
    schedules: [],
    // If someone else holds the lease, another process or job is doing this.
    ticks: {
      settleSloRules: () => leases.tryHold(writer.settle),
      recountSlos: () => recounting.tryHold((lease) => recounter.settle(lease)),
    },
  }
}
