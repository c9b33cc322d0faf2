import { auditLog, type Database } from '@tickwatch/db'
import type { Jobs } from '../../workers/registry.ts'
import type { Checkpoints } from './checkpoints.ts'

const monthsAhead = 3

export function createAuditJobs(
  db: Database,
  checkpoints: Pick<Checkpoints, 'write'>,
): Jobs<'ensureAuditPartitions' | 'checkpointAudit'> {
  return {
    tasks: {
      ensureAuditPartitions: {
        leg: 'audit-partitions',
        async run() {
          await db.worker((tx) => auditLog.ensurePartitions(tx, monthsAhead))
        },
      },
      checkpointAudit: {
        leg: 'audit-checkpoint',
        async run() {
          const head = await db.worker((tx) => auditLog.head(tx))
          if (head.seq > 0) await checkpoints.write(head)
        },
      },
    },
    schedules: [
      { task: 'ensureAuditPartitions', cron: '17 3 * * *' },
      { task: 'checkpointAudit', cron: '*/5 * * * *' },
    ],
    ticks: {},
  }
}
