import { readdirSync, readFileSync } from 'node:fs'
import { until } from '../process/until.ts'

/**
 * Suspends a process and those that it started: their connections stay open and get no answer.
 * @returns a function that lets them go on, when all of their threads have stopped.
 */
export async function freeze(pid: number): Promise<() => void> {
  const started = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  const pids = [pid, ...started.map(Number)]
  const signal = (which: NodeJS.Signals) => {
    for (const each of pids) process.kill(each, which)
  }
  signal('SIGSTOP')
  await until('all threads have stopped', async () => pids.every(hasStopped))
  return () => signal('SIGCONT')
}

const hasStopped = (pid: number) =>
  readdirSync(`/proc/${pid}/task`).every((thread) =>
    /\) T /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')),
  )
