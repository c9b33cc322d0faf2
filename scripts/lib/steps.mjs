import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
export const cache = join(root, '.cache')

/** A set-up that can't go on: what is missing, and the command that mends it. */
export class SetupFault extends Error {}

/**
 * Waits for all of `works`, so that none is left running behind one that failed.
 * @throws {SetupFault} with what each of them lacks.
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
/** Steps under way, by title: several may run at once. */
const underWay = new Map()

function draw() {
  if (!interactive) return
  const parts = [...underWay].map(([title, startedAt]) => `${title} ${seconds(startedAt)}`)
  process.stdout.write(`\r\x1b[2K${parts.length > 0 ? `  … ${parts.join(' · ')}` : ''}`)
}

/** Prints a line above that of the steps under way. */
export function say(line) {
  if (interactive) process.stdout.write('\r\x1b[2K')
  console.log(line)
  draw()
}

/**
 * Runs `work` while showing what it is and how long it takes; its answer is passed on.
 * @param isWell whether an answer is good news
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
 * Runs a command and answers its output.
 * @throws {SetupFault} with the output's end and `remedy` when it fails.
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
      const said = excerpt(all.trim().split('\n'))
      reject(new SetupFault([`${[command, ...args].join(' ')} ${why}`, said, remedy].filter(Boolean).join('\n')))
    }
    child.on('error', (error) => fail(error.message))
    child.on('close', (code) => (code === 0 ? resolve(output) : fail(`ended with code ${code}`)))
  })
}

const excerptLines = 12
/** npm says what is wrong first, compilers last. */
const excerpt = (lines) =>
  (lines.length <= excerptLines * 2
    ? lines
    : [...lines.slice(0, excerptLines), '  …', ...lines.slice(-excerptLines)]
  ).join('\n')
