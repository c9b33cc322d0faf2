import type { TaskName } from '@tickwatch/db'
import { expect, it } from 'vitest'
import { gatherJobs, type Jobs, type JobTask } from './registry.ts'

const task: JobTask = { leg: 'leg', run: async () => {} }
const feature = <Name extends TaskName>(name: Name, tick: string): Jobs<Name> => ({
  tasks: { [name]: task } as Record<Name, JobTask>,
  schedules: [{ task: name, cron: '0 0 * * *' }],
  ticks: { [tick]: async () => {} },
})

it('gathers what each feature does', () => {
  const jobs = gatherJobs(feature('publish', 'advance'), feature('revertBoost', 'endBoosts'))
  expect(Object.keys(jobs.tasks)).toEqual(['publish', 'revertBoost'])
  expect(jobs.schedules.map((schedule) => schedule.task)).toEqual(['publish', 'revertBoost'])
  expect(Object.keys(jobs.ticks)).toEqual(['advance', 'endBoosts'])
})

it('rejects two features that claim one task or tick', () => {
  expect(() => gatherJobs(feature('publish', 'one'), feature('publish', 'two'))).toThrow(
    'two features claim the task publish',
  )
  expect(() => gatherJobs(feature('publish', 'one'), feature('promote', 'one'))).toThrow(
    'two features claim the tick one',
  )
})

it('does not compile into all jobs when a task has no handler', () => {
  // @ts-expect-error: all tasks but these two are missing
  const all: Jobs<TaskName> = gatherJobs(feature('publish', 'advance'), feature('revertBoost', 'endBoosts'))
  expect(all.tasks).not.toHaveProperty('promote')
})
