import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Nothing that these programs start asks for updates of itself. */
const quiet = { NO_COLOR: '1', SYFT_CHECK_FOR_APP_UPDATE: 'false', GRYPE_CHECK_FOR_APP_UPDATE: 'false' }

/** Runs a program and returns what it printed. @throws Error with what it said, if it fails */
export async function ask(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const options = { env: { ...process.env, ...quiet, ...env }, maxBuffer: 64 * 1_048_576 }
  const { stdout } = await run(program, [...args], options).catch((cause: { message: string; code?: unknown }) => {
    throw cause.code === 'ENOENT' ? missing(program) : new Error(cause.message, { cause })
  })
  return stdout
}

/** Runs a program that works for minutes, and shows what it prints. @throws Error if it fails */
export async function show(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...quiet } })
  const [code] = await once(child, 'close').catch((cause: { code?: unknown }) => {
    throw cause.code === 'ENOENT' ? missing(program) : cause
  })
  if (code !== 0) throw new Error(`${program} ended with ${code}. What it printed says why.`)
}

const missing = (program: string) =>
  new Error(`${program} is not on PATH. docs/images.md says which programs are needed.`)
