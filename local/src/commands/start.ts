import { spawn } from 'node:child_process'
import { mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readLocalState } from '../platform/localState.ts'
import { CannotStart, mustNotRun, type Platform, startPlatform } from '../platform/platform.ts'
import { portOffsetVariable } from '../platform/ports.ts'
import { PartFault } from '../process/processes.ts'
import { root } from '../process/tools.ts'
import { until } from '../process/until.ts'
import { showStages, summary } from './show.ts'

const detachedLog = 'logs/platform.log'

/** `npm start`: in the foreground until Ctrl-C, or with `--detach` until `npm run stop`. */
export async function start(stateDir: string, args: string[]): Promise<number> {
  const unknown = args.filter((arg) => arg !== '--detach')
  if (unknown.length > 0) {
    console.error(`npm start has no option ${unknown.join(' ')}, only --detach. For example: npm start -- --detach`)
    return 2
  }
  return args.includes('--detach') ? startDetached(stateDir) : startHere(stateDir)
}

async function startHere(stateDir: string): Promise<number> {
  const ending = Promise.withResolvers<number>()
  const startedAt = performance.now()
  const givenUp = new AbortController()
  const platform = startPlatform({
    stateDir,
    portOffset: Number(process.env[portOffsetVariable] ?? 0),
    fleet: true,
    onStage: showStages(),
    onDeath: ({ name }, how, log) => console.error(`\n  ${name} ${how}; its log ends:\n${log.replace(/^/gm, '    ')}`),
    onRestart: (line) => console.error(`  ${line}`),
    signal: givenUp.signal,
  })
  let stopping = false
  const stop = async (code: number) => {
    if (stopping) return
    stopping = true
    console.log('\n  Stopping')
    givenUp.abort()
    // An aborted start stops what it has started.
    await platform.then(stopQuietly, () => {})
    ending.resolve(code)
  }
  // In this order: Ctrl-C, `npm run stop`, the terminal was closed, the bootstrap that started us is gone.
  process.on('SIGINT', () => stop(130))
  process.on('SIGTERM', () => stop(0))
  process.on('SIGHUP', () => stop(0))
  process.on('disconnect', () => stop(0))

  platform.then(
    ({ state }) => {
      if (!stopping) console.log(summary(state, (performance.now() - startedAt) / 1_000))
    },
    (fault: unknown) => {
      if (stopping) return
      console.error(`\n${explain(fault)}`)
      ending.resolve(1)
    },
  )
  return ending.promise
}

async function stopQuietly(platform: Platform): Promise<void> {
  try {
    await platform.stop()
  } catch (fault) {
    console.error(explain(fault))
  }
}

function explain(fault: unknown): string {
  if (fault instanceof CannotStart || fault instanceof PartFault || fault instanceof RangeError) return fault.message
  if (fault instanceof AggregateError) return [fault.message, ...fault.errors.map(explain)].join('\n')
  return fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)
}

/** Starts the same command in its own session, and waits until the platform is ready. */
async function startDetached(stateDir: string): Promise<number> {
  try {
    // Check this before the log of the running platform is overwritten.
    mustNotRun(stateDir)
  } catch (fault) {
    console.error(explain(fault))
    return 1
  }
  const startedAt = performance.now()
  const logFile = join(stateDir, detachedLog)
  mkdirSync(join(stateDir, 'logs'), { recursive: true })
  const log = openSync(logFile, 'w')
  const child = spawn(process.execPath, [join(root, 'local/src/cli.ts'), 'start'], {
    detached: true,
    stdio: ['ignore', log, log],
    env: process.env,
  })
  child.unref()
  const progress = followStages(logFile)
  const ended = new AbortController()
  child.once('exit', () => ended.abort())
  const giveUp = () => child.kill('SIGTERM')
  process.on('SIGINT', giveUp)
  process.on('SIGTERM', giveUp)
  try {
    await until(
      'the platform ready',
      () => {
        progress()
        const state = readLocalState(stateDir)
        return state !== null && state.supervisor.pid === child.pid && state.phase === 'ready'
      },
      { seconds: 300, everyMs: 100, signal: ended.signal },
    )
  } catch (fault) {
    progress()
    // If the process ended, its output already explains the fault.
    if (!ended.signal.aborted) {
      console.error(explain(fault))
      giveUp()
    }
    return 1
  } finally {
    process.off('SIGINT', giveUp)
    process.off('SIGTERM', giveUp)
  }
  const state = readLocalState(stateDir)
  if (state) console.log(summary(state, (performance.now() - startedAt) / 1_000, { detached: true }))
  return 0
}

/** Prints the output of the detached start, without its summary, because that mentions Ctrl-C. */
function followStages(logFile: string): () => void {
  let shown = 0
  return () => {
    const text = readFileSync(logFile, 'utf8')
    const end = text.includes('Tickwatch is ready') ? text.indexOf('\n\n') : text.lastIndexOf('\n')
    if (end > shown) process.stdout.write(text.slice(shown, end + 1))
    shown = Math.max(shown, end + 1)
  }
}
