import { type Database, sessions } from '@tickwatch/db'
import type { Jobs } from '../../workers/registry.ts'

export function createSessionJobs(db: Database): Jobs<'forgetSessions'> {
  const forgetSessions = {
    leg: 'forget-sessions',
    run: () => db.worker((tx) => sessions.forget(tx, new Date())),
  }
  return { tasks: { forgetSessions }, schedules: [{ task: 'forgetSessions', cron: '17 * * * *' }], ticks: {} }
}
