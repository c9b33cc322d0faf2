/** The roles that requests and workers use in Postgres. */
export const databaseRoles = {
  tenant: 'tickwatch_tenant',
  platform: 'tickwatch_platform',
  worker: 'tickwatch_worker',
} as const

export type DatabaseRole = keyof typeof databaseRoles
const anyone: readonly DatabaseRole[] = ['tenant', 'platform', 'worker']

/**
 * The background tasks, and the roles that may enqueue each. `migrate` copies this list to the table `job_task`, which
 * `enqueue_job` reads; the API does not compile until a feature handles every task here. So a new task needs a line
 * here and a handler, but no migration.
 *
 * During an upgrade the older API still runs: it leaves a job of a task that it does not know in the queue for the
 * newer one. Its own requests fail if they enqueue a task that is no longer here, so remove a task one release after
 * the last code that enqueues it.
 */
export const jobTasks = {
  publish: anyone,
  promote: ['platform', 'worker'],
  revertBoost: anyone,
  ensureAuditPartitions: ['worker'],
  forgetGateways: ['worker'],
  checkpointAudit: ['worker'],
  forgetSessions: ['worker'],
  putSloRules: ['platform', 'worker'],
  deliver: ['platform', 'worker'],
  announce: anyone,
  forgetNotifications: ['worker'],
  observeAmis: ['worker'],
} satisfies Record<string, readonly DatabaseRole[]>

export type TaskName = keyof typeof jobTasks
