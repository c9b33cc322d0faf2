import { type Database, jobs, openJobPool } from '@tickwatch/db'
import { Logger as JobLogger, makeWorkerUtils, parseCronItems, type Runner, run, type TaskList } from 'graphile-worker'
import type { Logger } from 'pino'
import { repeat } from '../shared/repeat.ts'

const restartAfterMs = 1_000

/**
 * Runs the jobs of the queue until `stop`. graphile-worker gives up after ten polls without Postgres, so it is started
 * again: jobs continue when Postgres is back.
 */
export function startJobRunner(parts: {
  db: Database
  workerUrl: string
  taskList: TaskList
  /** Lines of graphile-worker's crontab. */
  crontab: Parameters<typeof parseCronItems>[0]
  log: Logger
}): { stop(): Promise<void> } {
  const { db, workerUrl, taskList, log } = parts
  const ending = new AbortController()
  const pgPool = openJobPool(workerUrl, (err) => log.debug({ err }, 'a connection of the job queue was lost'))
  let runner: Runner | null = null

  async function once(): Promise<void> {
    await unlockAbandonedJobs(db, pgPool)
    runner = await run({
      // Only for the queue: the tasks use the pools of `db`.
      pgPool,
      concurrency: 2,
      pollInterval: 1_000,
      noHandleSignals: true,
      taskList,
      parsedCronItems: parseCronItems(parts.crontab),
      logger: jobLogger(log),
    })
    if (ending.signal.aborted) await runner.stop()
    await runner.promise
  }

  const running = repeat(restartAfterMs, ending.signal, () =>
    once().catch((err: unknown) => log.warn({ err }, 'the job queue stopped and is started again')),
  )
  return {
    async stop() {
      ending.abort()
      // It may have stopped by itself just now.
      await runner?.stop().catch((err: unknown) => log.debug({ err }, 'the job queue had stopped'))
      await running
      await pgPool.end()
    },
  }
}

/**
 * A killed process leaves its jobs locked for hours, so they are unlocked at start. If another process is alive and
 * works on one of them, that job runs twice. Every task tolerates that: a lease makes the second run wait, and the
 * stored state leaves it nothing to do.
 */
async function unlockAbandonedJobs(db: Database, pgPool: ReturnType<typeof openJobPool>): Promise<void> {
  const holders = await db.worker((tx) => jobs.workersHoldingJobs(tx))
  if (holders.length === 0) return
  const utils = await makeWorkerUtils({ pgPool })
  try {
    await utils.forceUnlockWorkers(holders)
  } finally {
    await utils.release()
  }
}

const levels = { error: 'error', warning: 'warn', info: 'debug', debug: 'trace' } as const
const jobLogger = (log: Logger) =>
  new JobLogger(() => (level, message) => {
    // A task that failed has logged its error already.
    log[message.startsWith('Failed task') ? 'debug' : levels[level]]({ part: 'jobs' }, message)
  })
