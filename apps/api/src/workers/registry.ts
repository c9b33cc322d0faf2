import type { TaskName } from '@tickwatch/db'

export type JobTask = {
  /** Its name in the metric `tickwatch_api_job_seconds`. */
  leg: string
  /** Throws to be tried again; may run twice for one job, if the process died or lost touch with Postgres in between. */
  run(payload: unknown, enqueuedAt: Date): Promise<void>
}

/** What one feature does in the background: `create<Noun>Jobs` in its `<noun>.jobs.ts`. */
export type Jobs<Name extends TaskName> = {
  /** What handles the jobs of its tasks; `jobTasks` in packages/db says who may enqueue them. */
  tasks: Record<Name, JobTask>
  /** Tasks that run by the clock (UTC). */
  schedules: { task: Name; cron: string }[]
  /** What happens every few seconds without anyone asking, in every process. */
  ticks: Record<string, () => Promise<void>>
}

type Some = { tasks: Partial<Record<TaskName, JobTask>>; schedules: { task: TaskName; cron: string }[] } & Pick<
  Jobs<TaskName>,
  'ticks'
>
type NamesOf<Feature> = Feature extends { tasks: infer Tasks } ? Extract<keyof Tasks, TaskName> : never

/**
 * All features' jobs as one. The runner takes the result only if every task of packages/db is in it.
 * @throws if two features claim one name.
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
