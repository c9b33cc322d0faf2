import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { until } from '../process/until.ts'

/**
 * Suspends a process and those that it started: their connections stay open and get no answer.
 * @returns a function that lets them go on, when all of their threads have stopped.
 */
export async function freeze(pid: number): Promise<() => void> {
  const started = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  const pids = [pid, ...started.map(Number)]
  const signal = (which: NodeJS.Signals) => {
    for (const each of pids) if (stateOf(each) !== 'gone') process.kill(each, which)
  }
  signal('SIGSTOP')
  try {
    await until('all threads have stopped', async () => pids.every((each) => stateOf(each) !== 'runs'))
  } catch (cause) {
    signal('SIGCONT')
    throw cause
  }
  return () => signal('SIGCONT')
}

/** A process that has ended stays a zombie while the one that started it is stopped. */
function stateOf(pid: number): 'runs' | 'stopped' | 'gone' {
  try {
    const states = readdirSync(`/proc/${pid}/task`).map(
      (thread) => /\) (\S) /.exec(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8'))?.[1],
    )
    if (states.every((state) => state === 'Z')) return 'gone'
    return states.every((state) => state === 'T' || state === 'Z') ? 'stopped' : 'runs'
  } catch {
    // A thread ended in between, or all of them.
    return existsSync(`/proc/${pid}`) ? 'runs' : 'gone'
  }
}
