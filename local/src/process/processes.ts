import { spawn } from 'node:child_process'
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { doNotReap, reapWithUs } from './reaper.ts'
import { until } from './until.ts'

export type ProcessSpec = {
  /** Its name in messages and faults. */
  name: string
  command: string
  args: readonly string[]
  cwd?: string
  /** Its whole environment, besides the names in `inherited`. So it never gets the caller's AWS settings. */
  env?: Readonly<Record<string, string>>
  /** Its standard output and error are appended here. */
  logFile: string
  /** Returns true if it serves now. A throw means "not yet". */
  ready: () => Promise<boolean>
  readyWithinSeconds?: number
  /** Ends it, if it is aborted before the process serves. */
  signal?: AbortSignal
  /** Time to end after SIGTERM. Then it is killed. */
  graceSeconds?: number
}

/** A process, or a service inside this process, that runs until it is stopped. */
export type Running = {
  /** `null` for a service inside this process. */
  pid: number | null
  /** How it ended, as the end of a sentence, such as `ended with code 1`. */
  ended: Promise<string>
  /** Stops it cleanly and waits until it has ended. */
  stop(): Promise<void>
  /** Sends the signal and waits until it has ended. */
  kill(signal: NodeJS.Signals): Promise<void>
}

/** A part did not start, or died. The message ends with its last log lines. */
export class PartFault extends Error {
  override name = 'PartFault'
}

const logBytesMax = 10_000_000
const inherited = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'NODE_COMPILE_CACHE'] as const

/** The last lines of a log, for people to read. Ignores its first `skipBytes`. */
export function lastLines(logFile: string, count = 15, skipBytes = 0): string {
  if (!existsSync(logFile)) return ''
  return readFileSync(logFile).subarray(skipBytes).toString().trimEnd().split('\n').slice(-count).join('\n')
}

function openLog(logFile: string): number {
  mkdirSync(dirname(logFile), { recursive: true })
  if (existsSync(logFile) && statSync(logFile).size > logBytesMax) renameSync(logFile, `${logFile}.1`)
  return openSync(logFile, 'a')
}

/**
 * Starts a process in its own process group, and waits until it serves.
 * @throws PartFault if it ends, is not ready in time or is to be ended before. Then nothing is left running.
 */
export async function startProcess(spec: ProcessSpec): Promise<Running> {
  const env: Record<string, string> = {}
  for (const name of inherited) if (process.env[name] !== undefined) env[name] = process.env[name]
  const log = openLog(spec.logFile)
  const logStart = fstatSync(log).size
  const child = spawn(spec.command, spec.args, {
    cwd: spec.cwd,
    // The type check of the portal's tests includes Next's types, which require NODE_ENV in every environment.
    env: { ...env, ...spec.env } as NodeJS.ProcessEnv,
    // In its own process group, so that Ctrl-C reaches only us, and we stop the parts in order.
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const waiting = new AbortController()
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be run: ${error.message}`))
    child.once('exit', (code, signal) => resolve(signal ? `was ended by ${signal}` : `ended with code ${code}`))
  })
  const pid = child.pid
  if (pid !== undefined) reapWithUs(pid)
  const gone = ended.then((how) => {
    if (pid !== undefined) doNotReap(pid)
    waiting.abort(new Error(how))
  })

  const kill = async (signal: NodeJS.Signals) => {
    if (pid === undefined || waiting.signal.aborted) return
    signalGroup(pid, signal)
    await gone
  }
  const stop = async () => {
    const late = setTimeout(() => pid !== undefined && signalGroup(pid, 'SIGKILL'), (spec.graceSeconds ?? 10) * 1_000)
    await kill('SIGTERM')
    clearTimeout(late)
  }

  try {
    const signal = AbortSignal.any([waiting.signal, ...(spec.signal ? [spec.signal] : [])])
    await until(`${spec.name} ready`, spec.ready, { seconds: spec.readyWithinSeconds ?? 60, signal })
  } catch (cause) {
    const why = waiting.signal.aborted ? await ended : (cause as Error).message
    await kill('SIGKILL')
    throw new PartFault(`${spec.name}: ${why}\n${lastLines(spec.logFile, 15, logStart)}`, { cause })
  }
  return { pid: pid ?? null, ended, stop, kill }
}

function signalGroup(pid: number, signal: NodeJS.Signals) {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // It ended between our check and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
