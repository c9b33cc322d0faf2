import { setTimeout as sleep } from 'node:timers/promises'
import { auditLog, type Database, gateways, quotas, usage } from '@tickwatch/db'
import type { Task, TaskList } from 'graphile-worker'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Checkpoints } from '../features/audit/checkpoints.ts'
import { liveSince } from '../features/gateway/liveSince.ts'
import type { Promoter } from '../features/policy/publishing/promoter.ts'
import type { Publisher } from '../features/policy/publishing/publisher.ts'
import type { PublishingLock } from '../features/policy/publishing/publishingLock.ts'
import { endBoost } from '../features/quota/boostEnd.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { startJobRunner } from './runner.ts'

export type WorkerParts = {
  db: Database
  workerUrl: string
  lock: PublishingLock
  publisher: Publisher
  promoter: Promoter
  reconciler: { reconcile(): Promise<void> }
  checkpoints: Pick<Checkpoints, 'write'>
  metrics: Metrics
  log: Logger
}

export type Workers = { stop(): Promise<void> }

/** Edits that come within this time of the first go out together. */
const collectMs = 250
const tickMs = 4_000
const boostsATick = 100
const auditMonthsAhead = 3
const gatewaysKeptMs = 30 * 86_400_000

const boost = z.object({ tenantId: z.string(), revision: z.number().int() })

/** Runs the background jobs, and every few seconds what must happen without anyone asking. */
export function startWorkers(parts: WorkerParts): Workers {
  const { db, workerUrl, lock, publisher, promoter, reconciler, checkpoints, metrics, log } = parts
  /** Something waits to be published: when its job fails (AWS is away), the next tick tries sooner than the job's own retry. */
  let owed = true

  async function publish(): Promise<void> {
    await publisher.publish()
    owed = false
    await promoter.settle()
  }

  const taskList: TaskList = {
    publish: timed('publish', async (_payload, { job }) => {
      await sleep(Math.max(0, job.created_at.getTime() + collectMs - Date.now()))
      // Not before: a tick in the meantime would part edits that belong together.
      owed = true
      await lock.hold(publish)
    }),
    promote: timed('promote', () => lock.hold(() => promoter.settle())),
    revertBoost: timed('revert-boost', async (payload) => {
      const { tenantId, revision } = boost.parse(payload)
      await endBoost(db, tenantId, revision)
    }),
    ensureAuditPartitions: timed('audit-partitions', async () => {
      await db.worker((tx) => auditLog.ensurePartitions(tx, auditMonthsAhead))
    }),
    forgetGateways: timed('forget-gateways', async () => {
      await db.worker((tx) => gateways.forget(tx, new Date(Date.now() - gatewaysKeptMs)))
    }),
    checkpointAudit: timed('audit-checkpoint', async () => {
      const head = await db.worker((tx) => auditLog.head(tx))
      if (head.seq > 0) await checkpoints.write(head)
    }),
  }

  function timed(leg: string, task: Task): Task {
    return async (payload, helpers) => {
      const end = metrics.jobSeconds.startTimer({ leg })
      try {
        await task(payload, helpers)
        end({ result: 'done' })
      } catch (err) {
        end({ result: 'failed' })
        log.warn({ err, task: leg }, 'job failed, it is tried again')
        throw err
      }
    }
  }

  async function settle(): Promise<void> {
    // Else another process does it.
    await lock.tryHold(async () => {
      if (owed) await publish()
      else await promoter.settle()
      await reconciler.reconcile()
    })
  }

  async function endBoosts(): Promise<void> {
    const due = await db.worker((tx) => quotas.boostsDue(tx, new Date(), boostsATick))
    for (const { tenantId, revision } of due) await endBoost(db, tenantId, revision)
  }

  const sumTraffic = () => db.worker((tx) => usage.sumTraffic(tx, liveSince()))

  const crontab = [
    { task: 'ensureAuditPartitions', match: '17 3 * * *' },
    { task: 'forgetGateways', match: '47 3 * * *' },
    { task: 'checkpointAudit', match: '*/5 * * * *' },
  ]
  const runner = startJobRunner({ db, workerUrl, taskList, crontab, log })
  const ending = new AbortController()
  const loop = repeat(tickMs, ending.signal, async () => {
    // Each by itself: with AWS away boosts end all the same.
    for (const step of [settle, endBoosts, sumTraffic]) {
      await step().catch((err: unknown) => log.warn({ err, step: step.name }, 'failed, the next tick tries again'))
    }
  })
  return {
    async stop() {
      ending.abort()
      await loop
      await runner.stop()
    },
  }
}

async function repeat(everyMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work()
    // Processes that started together must not tick together. An abort only ends the rest early.
    await sleep(everyMs * (0.9 + Math.random() * 0.2), undefined, { signal }).catch(() => {})
  }
}
