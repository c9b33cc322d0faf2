import type { AlertmanagerDefinition, MetricsQuery } from '@tickwatch/aws'
import { alerts as alertStore, type Database, incidents, type UnsettledIncident } from '@tickwatch/db'
import type { Logger } from 'pino'
import { repeat, retry } from '../../shared/repeat.ts'
import type { Jobs } from '../../workers/registry.ts'
import type { NotificationQueue } from '../notification/queue.ts'
import { judgeEnd, settle } from './incident.rules.ts'
import { tell } from './receiveAlerts.ts'
import { readSeen } from './sli.ts'
import { tellPages } from './tellPages.ts'

const checkEveryMs = 300_000
const retryMs = 15_000

/** Ends incidents whose alerts ended, as soon as the metrics store has the evidence. */
export function createIncidentJobs(parts: {
  db: Database
  queue: NotificationQueue
  metrics: Pick<MetricsQuery, 'instant'>
  stepSeconds: number
}): Jobs<never> {
  const { db, queue, metrics, stepSeconds } = parts

  async function settleOne(waiting: UnsettledIncident): Promise<void> {
    const seen = waiting.slo === null ? null : await readSeen(metrics, waiting, stepSeconds)
    await db.platform(async (tx) => {
      await alertStore.lockIntake(tx)
      // It may have changed while the metrics store was asked.
      const now = new Date()
      const incident = (await incidents.unsettled(tx)).find(({ id }) => id === waiting.id)
      if (!incident || incident.lastEndedAt > waiting.lastEndedAt) return
      const { lastEndedAt: endedAt } = incident
      const judged = seen && judgeEnd(incident, { endedAt }, seen, now.getTime(), stepSeconds * 1_000)
      const settled = settle(incident, judged, now)
      if (!settled) return
      await incidents.save(tx, { created: [], updated: [settled.incident], tenants: [], events: settled.events })
      await tellPages(tx, settled.events)
      await tell(tx, queue, settled.events, now)
    })
  }

  return {
    tasks: {},
    schedules: [],
    ticks: {
      async settleIncidents() {
        for (const waiting of await db.platform((tx) => incidents.unsettled(tx))) await settleOne(waiting)
      },
    },
  }
}

/** Stores the definition in AMP, and again if somebody changed it there, until the signal aborts. */
export const keepDefinition = (
  alertmanager: AlertmanagerDefinition,
  definition: string,
  ending: AbortSignal,
  log: Logger,
): Promise<void> =>
  repeat(checkEveryMs, ending, async () => {
    await retry(
      retryMs,
      ending,
      async () => {
        if ((await alertmanager.get()) !== definition) await alertmanager.put(definition)
      },
      (err) => log.warn({ err }, 'could not store the definition of Alertmanager in AMP, will retry'),
    )
  })
