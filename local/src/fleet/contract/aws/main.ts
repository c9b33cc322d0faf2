// `npm run test:aws`: creates a group in AWS, runs the cases of the contract on it, and deletes it, whatever happens.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { EnvironmentError } from '@tickwatch/policy'
import { doNotReap, reapWithUs } from '../../../process/reaper.ts'
import { root } from '../../../process/tools.ts'
import { type Place, placeVariable } from './awsTarget.ts'
import { clientsIn } from './clients.ts'
import { type Deletion, deleteAll } from './deletions.ts'
import { type AwsContractSettings, checkAccount, Refusal, readSettings } from './settings.ts'
import { setUp } from './setUp.ts'

/** One refresh may take so long. */
const waitSeconds = 1_800
/** For so long the cases may take to end after SIGTERM. */
const graceMs = 10_000

const interrupted = new AbortController()
const interrupt = (why: string) => {
  if (interrupted.signal.aborted) console.error('Wait: it deletes what it created.')
  interrupted.abort(new Error(why))
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interrupt(`Ended by ${signal}.`))
process.on('disconnect', () => interrupt('Ended, because its parent did.'))
process.channel?.unref()

/** @returns whether all of them passed */
function runCases(place: Place, signal: AbortSignal): Promise<boolean> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run', '--project', 'aws', '--reporter=verbose'], {
    cwd: root,
    // In its own process group, so that Ctrl-C reaches only us.
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, [placeVariable]: JSON.stringify(place) },
  })
  const { pid } = child
  if (pid !== undefined) reapWithUs(pid)
  const kill = (how: NodeJS.Signals) => {
    if (pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-pid, how)
  }
  const end = () => {
    kill('SIGTERM')
    setTimeout(() => kill('SIGKILL'), graceMs).unref()
  }
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  return new Promise((resolve, failed) => {
    child.once('error', failed)
    child.once('exit', (code) => {
      signal.removeEventListener('abort', end)
      if (pid !== undefined) doNotReap(pid)
      resolve(code === 0)
    })
  })
}

async function run(settings: AwsContractSettings): Promise<boolean> {
  const { AWS_REGION: region, AWS_CONTRACT_MINUTES: minutes, AWS_CONTRACT_POLL_SECONDS: pollSeconds } = settings
  const name = `tickwatch-contract-${Date.now()}-${randomBytes(3).toString('hex')}`
  const late = AbortSignal.timeout(minutes * 60_000)
  const signal = AbortSignal.any([interrupted.signal, late])
  const deletions: Deletion[] = []
  let isGood = false
  try {
    console.log(`Creating ${name} in ${region}.`)
    const { otherImage } = await setUp(clientsIn(region), settings, name, deletions, signal)
    isGood = await runCases(
      { region, name, otherImage, waits: { seconds: waitSeconds, everyMs: pollSeconds * 1_000 } },
      signal,
    )
    signal.throwIfAborted()
  } catch (cause) {
    isGood = false
    const { name: fault, message } = cause as Error
    const why = late.aborted ? `The ${minutes} min of AWS_CONTRACT_MINUTES are over.` : message
    console.error(`\n${fault === 'Error' || late.aborted ? why : `${fault}: ${why}`}`)
  }
  console.log(`\nDeleting ${name}.`)
  const left = await deleteAll(deletions)
  for (const { what, why, byHand } of left)
    console.error(`Could not delete ${what}: ${why}\n  Delete it with: ${byHand}`)
  if (left.length === 0) console.log('Nothing is left.')
  return isGood && left.length === 0
}

try {
  const settings = readSettings(process.env)
  await checkAccount(settings.AWS_CONTRACT_ACCOUNT, settings.AWS_REGION)
  process.exitCode = (await run(settings)) ? 0 : 1
} catch (fault) {
  if (!(fault instanceof EnvironmentError || fault instanceof Refusal)) throw fault
  console.error(
    `\n${fault.message}\nNothing was created. It creates instances, which cost money: see docs/aws-contract.md.`,
  )
  process.exitCode = 1
}
