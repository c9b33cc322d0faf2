import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './platform.ts'

/** Runs a command to its end. Its output goes to standard error, because standard output is for the result. */
export type Run = (command: string, args: string[], env?: NodeJS.ProcessEnv) => Promise<void>

/** Makes a fresh clone of the last commit, where `work` runs its commands. Deletes it when `work` ends. */
export async function inFreshClone<T>(work: (folder: string, run: Run) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(root, '.tickwatch-bench-clone-'))
  try {
    await runIn(root)('git', ['clone', '--quiet', '--no-hardlinks', root, folder])
    return await work(folder, runIn(folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const runIn =
  (cwd: string): Run =>
  (command, args, env = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(command, args, {
        cwd,
        stdio: ['ignore', process.stderr, process.stderr],
        env: { ...process.env, ...env },
      })
      child.once('error', reject)
      child.once('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')}: ${code}`)),
      )
    })
