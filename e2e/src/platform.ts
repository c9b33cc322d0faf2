import { resolve } from 'node:path'
import { type LocalState, readLocalState } from '@tickwatch/local'

const halves = ['faults', 'pages'] as const
/**
 * The half of the tests that this run is for. `npm test` runs both halves side by side, each on a platform of its own;
 * without `E2E_HALF` all tests run on one platform.
 */
export const half = halves.find((name) => name === process.env.E2E_HALF)

/** Ports and state of its own, so that the tests pass while `npm start` runs, and no port of the other half's platform. */
export const portOffset = Number(process.env.E2E_PORT_OFFSET ?? 10_000) + (half === 'pages' ? 500 : 0)
export const stateDir = resolve(import.meta.dirname, `../../.tickwatch-e2e${half ? `-${half}` : ''}`)
/** What the pages looked like; kept as the run's artifact. */
export const screenshots = resolve(import.meta.dirname, '../screenshots')
export const portalUrl = `http://localhost:${3000 + portOffset}`
export const controlUrl = `http://127.0.0.1:${2900 + portOffset}`
/** Where gateway-2 finds AWS, so that a test can take it away from that gateway alone. */
export const awsLinkPort = 2901 + portOffset
/** Of access tokens here: every test lives through renewals, and live views through their end. */
export const accessTokenSeconds = 20
/** 60 s are proven by the unit tests of the rules; nobody has to wait for them here. */
export const driftAlertSeconds = 10

/** Every address of the platform under test. */
export function platformState(): LocalState {
  const state = readLocalState(stateDir)
  if (!state) throw new Error('the platform under test is not running')
  return state
}

/** Stops and starts single parts of the platform, which runs in Playwright's main process. */
export const parts = {
  kill: (name: string, signal: NodeJS.Signals) => control(`${name}/kill/${signal}`),
  stop: (name: string) => control(`${name}/stop`),
  start: (name: string) => control(`${name}/start`),
  /** Leaves its process there, its connections open, and nothing answered: until it is thawed. */
  freeze: (name: string) => signal(name, 'SIGSTOP'),
  thaw: (name: string) => signal(name, 'SIGCONT'),
}

/** The way from gateway-2 to AWS. */
export const awsLink = { cut: () => control('aws-link/stop'), mend: () => control('aws-link/start') }

function signal(name: string, which: NodeJS.Signals) {
  const record = platformState().processes[name]
  if (!record) throw new Error(`${name} does not run`)
  process.kill(record.pid, which)
}

async function control(path: string): Promise<void> {
  const response = await fetch(`${controlUrl}/${path}`, { method: 'POST', signal: AbortSignal.timeout(60_000) })
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
}
