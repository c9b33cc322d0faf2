import type { Database, TaskName } from '@tickwatch/db'
import type { Task } from 'graphile-worker'
import type { Logger } from 'pino'
import { repeat } from '../shared/repeat.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Jobs, JobTask } from './registry.ts'
import { startJobRunner } from './runner.ts'

/** Runs the jobs that are enqueued and scheduled, and the ticks, until `stop`. */
export function startWorkers(parts: {
  db: Database
  workerUrl: string
  tickMs: number
  jobs: Jobs<TaskName>
  metrics: Metrics
  log: Logger
}): { stop(): Promise<void> } {
  const { db, workerUrl, tickMs, jobs, metrics, log } = parts

  const timed =
    ({ leg, run }: JobTask): Task =>
    async (payload, { job }) => {
      const end = metrics.jobSeconds.startTimer({ leg })
      try {
        await run(payload, job.created_at)
        end({ result: 'done' })
      } catch (err) {
        end({ result: 'failed' })
        log.warn({ err, task: leg }, 'job failed, it is tried again')
        throw err
      }
    }

  const taskList = Object.fromEntries(Object.entries(jobs.tasks).map(([name, task]) => [name, timed(task)]))
  const crontab = jobs.schedules.map(({ task, cron }) => ({ task, match: cron }))
  const runner = startJobRunner({ db, workerUrl, taskList, crontab, log })
  const ending = new AbortController()
  // Each tick has its own loop: boosts end on time even while publishing waits for AWS.
  const ticking = Object.entries(jobs.ticks).map(([step, tick]) =>
    repeat(tickMs, ending.signal, () =>
      tick().catch((err: unknown) => log.warn({ err, step }, 'failed, the next tick tries again')),
    ),
  )
  return {
    async stop() {
      ending.abort()
      await Promise.all(ticking)
      await runner.stop()
    },
  }
}
