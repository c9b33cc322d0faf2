import type { RuleGroups } from '@tickwatch/aws'
import type { Database } from '@tickwatch/db'
import type { Logger } from 'pino'
import { createLeases } from '../../workers/lease.ts'
import type { Jobs } from '../../workers/registry.ts'
import { createRuleWriter } from './ruleWriter.ts'
import type { Compiler } from './slo.compiler.ts'

/** AMP refuses a change of a namespace while another one is in progress, so one process at a time writes rules. */
const writing = { name: 'slo-rules', forMs: 10_000 }

export function createSloJobs(parts: {
  db: Database
  rules: RuleGroups
  compiler: Compiler
  rulesMax: number
  ending: AbortSignal
  log: Logger
}): Jobs<'putSloRules'> {
  const leases = createLeases(parts.db, writing, parts.ending, parts.log)
  const writer = createRuleWriter(parts)
  return {
    tasks: { putSloRules: { leg: 'slo-rules', run: () => leases.hold(writer.settle) } },
    schedules: [],
    // If someone else holds the lease, another process or job is doing this.
    ticks: { settleSloRules: () => leases.tryHold(writer.settle) },
  }
}
