import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
export const cache = join(root, '.cache')

/** The set-up can't continue. The message says what is missing and the command that fixes it. */
export class SetupFault extends Error {}

/**
 * Waits for all of `works`, so that none is still running after another one failed.
 * @throws {SetupFault} with what is missing for each of them.
 */
export async function together(works) {
  const outcomes = await Promise.allSettled(works)
  const faults = outcomes.filter(({ status }) => status === 'rejected').map(({ reason }) => reason)
  const unforeseen = faults.find((fault) => !(fault instanceof SetupFault))
  if (unforeseen) throw unforeseen
  if (faults.length > 0) throw new SetupFault(faults.map(({ message }) => message).join('\n\n'))
  return outcomes.map(({ value }) => value)
}

const interactive = process.stdout.isTTY === true
const seconds = (startedAt) => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`
/** When each step that is running began, by title: several may run at once. */
const underWay = new Map()

function draw() {
  if (!interactive) return
  const parts = [...underWay].map(([title, startedAt]) => `${title} ${seconds(startedAt)}`)
  process.stdout.write(`\r\x1b[2K${parts.length > 0 ? `  … ${parts.join(' · ')}` : ''}`)
}

/** Prints a line above the one that shows the running steps. */
export function say(line) {
  if (interactive) process.stdout.write('\r\x1b[2K')
  console.log(line)
  draw()
}

/**
 * Runs `work`, shows its title and its time meanwhile, and returns its answer.
 * @param isWell whether the answer means success
 */
export async function step(title, work, isWell = (_answer) => true) {
  const startedAt = Date.now()
  if (!interactive) console.log(`  … ${title}`)
  underWay.set(title, startedAt)
  const timer = setInterval(draw, 200)
  let mark = '✗'
  try {
    const answer = await work()
    if (isWell(answer)) mark = '✓'
    return answer
  } finally {
    clearInterval(timer)
    underWay.delete(title)
    say(`  ${mark} ${title}  ${seconds(startedAt)}`)
  }
}

/**
 * Runs a command and returns its standard output.
 * @throws {SetupFault} with the first and last lines of its output, and `remedy`, if it fails.
 */
export function run(command, args, { cwd = root, env = process.env, remedy = '' } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let all = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
      all += chunk
    })
    child.stderr.on('data', (chunk) => {
      all += chunk
    })
    const fail = (why) => {
      const shown = excerpt(all.trim().split('\n'))
      reject(new SetupFault([`${[command, ...args].join(' ')} ${why}`, shown, remedy].filter(Boolean).join('\n')))
    }
    child.on('error', (error) => fail(error.message))
    child.on('close', (code) => (code === 0 ? resolve(output) : fail(`ended with code ${code}`)))
  })
}

const excerptLines = 12
/** npm prints what is wrong first, compilers print it last. */
const excerpt = (lines) =>
  (lines.length <= excerptLines * 2
    ? lines
    : [...lines.slice(0, excerptLines), '  …', ...lines.slice(-excerptLines)]
  ).join('\n')
