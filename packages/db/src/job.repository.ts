import type { TaskName } from './jobTasks.ts'
import { clientOf, type Tx, type WorkerTx } from './transaction.ts'

export type Job = {
  task: TaskName
  payload: Record<string, string | number | boolean | null>
  /** The earliest time to run; if absent, at once. */
  runAt?: Date
  /** A waiting job with the same key is replaced, so that a burst of edits causes one run. */
  jobKey?: string
}

/**
 * Puts the job into the queue when the transaction commits: no change without its job, no job without its change. The
 * database rejects a task that the transaction's role may not enqueue.
 */
export async function enqueue(tx: Tx, job: Job): Promise<void> {
  const payload = JSON.stringify(job.payload)
  const { task, runAt = null, jobKey = null } = job
  await clientOf(tx).$executeRaw`
    SELECT public.enqueue_job(${task}::text, ${payload}::json, ${runAt}::timestamptz, ${jobKey}::text)`
}

/**
 * What changed, for the listeners (see `Database.listen`). `resync` comes after the listening connection was lost:
 * anything may have changed in the meantime.
 */
export type Change = {
  kind:
    | 'quota'
    | 'changeRequest'
    | 'tenant'
    | 'policy'
    | 'gateway'
    | 'audit'
    | 'slo'
    | 'incident'
    | 'notice'
    | 'rollout'
    | 'resync'
  tenantId?: string
  /** The tenants that may see what changed of incidents. */
  tenantIds?: readonly string[]
  /** The policy version. */
  version?: number
  gatewayId?: string
  rolloutId?: string
}

export const changesChannel = 'tickwatch_changes'

/** Notifies every listener when the transaction commits. */
export async function notify(tx: Tx, change: Change): Promise<void> {
  await clientOf(tx).$executeRaw`SELECT pg_notify(${changesChannel}, ${JSON.stringify(change)})`
}

/** The job workers that hold jobs. When the only worker process starts, they belong to a process that died. */
export async function workersHoldingJobs(tx: WorkerTx): Promise<string[]> {
  const rows = await clientOf(tx).$queryRaw<{ id: string }[]>`
    SELECT DISTINCT locked_by AS id FROM graphile_worker.jobs WHERE locked_by IS NOT NULL`
  return rows.map(({ id }) => id)
}
