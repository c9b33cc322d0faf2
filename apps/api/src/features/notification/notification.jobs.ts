import { type Database, notices, outbox } from '@tickwatch/db'
import { z } from 'zod'
import type { Jobs } from '../../workers/registry.ts'
import type { OutboxWorkers } from './sending/outboxWorkers.ts'

const keptForMs = 90 * 86_400_000
const queued = z.object({ receiverId: z.uuid() })

export function createNotificationJobs(db: Database, workers: OutboxWorkers): Jobs<'deliver' | 'forgetNotifications'> {
  return {
    tasks: {
      deliver: {
        leg: 'deliver',
        // It does not wait for the receiver, which may be slow: the messages are in the database, and ticks look for them.
        async run(payload) {
          workers.wake(queued.parse(payload).receiverId)
        },
      },
      forgetNotifications: {
        leg: 'forget-notifications',
        run: () =>
          db.worker(async (tx) => {
            const before = new Date(Date.now() - keptForMs)
            await outbox.forget(tx, before)
            await notices.forget(tx, before)
          }),
      },
    },
    schedules: [{ task: 'forgetNotifications', cron: '43 3 * * *' }],
    ticks: { deliver: workers.wakeDue },
  }
}
