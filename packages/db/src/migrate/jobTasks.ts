import type { Client } from 'pg'
import { type DatabaseRole, databaseRoles } from '../jobTasks.ts'

/** Makes the table `job_task` contain exactly these tasks. */
export async function registerJobTasks(owner: Client, tasks: Record<string, readonly DatabaseRole[]>): Promise<void> {
  const rows = Object.entries(tasks).map(([task, roles]) => ({ task, roles: roles.map((role) => databaseRoles[role]) }))
  // One statement, so that a request that enqueues at the same time always finds its task.
  await owner.query(
    `WITH registered AS (SELECT * FROM jsonb_to_recordset($1) AS r(task text, roles text[])),
       removed AS (DELETE FROM public.job_task WHERE task NOT IN (SELECT task FROM registered))
     INSERT INTO public.job_task SELECT task, roles FROM registered
     ON CONFLICT (task) DO UPDATE SET roles = excluded.roles`,
    [JSON.stringify(rows)],
  )
}
