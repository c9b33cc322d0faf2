import { type ChildProcess, spawn } from 'node:child_process'
import { root } from './steps.mjs'

const running = new Set<ChildProcess>()

export type Ended = { well: boolean; output: string; seconds: number }

/** Runs a command and keeps its output. It has its own process group, so that {@link endAll} also ends its children. */
export function runBuffered(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const colours = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}
    const child = spawn(command, args, {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...colours, ...env },
    })
    running.add(child)
    let output = ''
    const add = (chunk: Buffer | string) => {
      output += chunk
    }
    child.stdout.on('data', add)
    child.stderr.on('data', add)
    child.on('error', (error) => add(`${error.message}\n`))
    child.on('close', (code) => {
      running.delete(child)
      resolve({ well: code === 0, output, seconds: (performance.now() - startedAt) / 1_000 })
    })
  })
}

/** Sends the signal to every process group that runs. */
export function endAll(signal: NodeJS.Signals): void {
  for (const { pid } of running) {
    try {
      if (pid !== undefined) process.kill(-pid, signal)
    } catch (fault) {
      // It ended a moment ago.
      if ((fault as NodeJS.ErrnoException).code !== 'ESRCH') throw fault
    }
  }
}
