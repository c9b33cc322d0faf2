import type { TaskName } from '@tickwatch/db'

export type JobTask = {
  /** Its name in the metric `tickwatch_api_job_seconds`. */
  leg: string
  /** If it throws, the job is retried. It may run twice for one job, if the process dies or loses Postgres. */
  run(payload: unknown, enqueuedAt: Date): Promise<void>
}

/** What one feature does in the background: `create<Noun>Jobs` in its `<noun>.jobs.ts`. */
export type Jobs<Name extends TaskName> = {
  /** The handler of each task. `jobTasks` in packages/db says which roles may enqueue it. */
  tasks: Record<Name, JobTask>
  /** Tasks that run by the clock (UTC). */
  schedules: { task: Name; cron: string }[]
  /** What every process runs every few seconds. */
  ticks: Record<string, () => Promise<void>>
}

type Some = { tasks: Partial<Record<TaskName, JobTask>>; schedules: { task: TaskName; cron: string }[] } & Pick<
  Jobs<TaskName>,
  'ticks'
>
type NamesOf<Feature> = Feature extends { tasks: infer Tasks } ? Extract<keyof Tasks, TaskName> : never

/**
 * Merges the jobs of all features. The result fits the runner's type only if it handles every task of packages/db.
 * @throws Error if two features use the same name.
 */
export function gatherJobs<Features extends Some[]>(...features: Features): Jobs<NamesOf<Features[number]>> {
  return {
    tasks: merge(
      'task',
      features.map(({ tasks }) => tasks),
    ) as Record<NamesOf<Features[number]>, JobTask>,
    schedules: features.flatMap(({ schedules }) => schedules) as Jobs<NamesOf<Features[number]>>['schedules'],
    ticks: merge(
      'tick',
      features.map(({ ticks }) => ticks),
    ),
  }
}

function merge<T>(what: string, parts: Partial<Record<string, T>>[]): Record<string, T> {
  const merged: Record<string, T> = {}
  for (const [name, part] of parts.flatMap((each) => Object.entries(each))) {
    if (name in merged) throw new Error(`two features claim the ${what} ${name}`)
    if (part) merged[name] = part
  }
  return merged
}
