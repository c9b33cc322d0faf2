import { resolve } from 'node:path'
import { freeze, type LocalState, readLocalState } from '@tickwatch/local'

/** What each half of the tests adds to the port offset. */
const halves = { faults: 0, long: 175, incidents: 250, pages: 500, neighbours: 750, rollouts: 825 }
/**
 * The half of the tests that this process runs. `npm test` runs `faults` and `pages` side by side, each on its own
 * platform; `npm run test:long`, `test:incidents`, `test:neighbours` and `test:rollouts` each have a platform of their own.
 * Without `E2E_HALF` all tests run on one platform, but those of `test:rollouts`, which need gateways that are a fleet.
 */
export const half = (Object.keys(halves) as (keyof typeof halves)[]).find((name) => name === process.env.E2E_HALF)

/** Not the ports and the folder of `npm start` or of another half, so that all can run at the same time. */
export const portOffset = Number(process.env.E2E_PORT_OFFSET ?? 10_000) + (half ? halves[half] : 0)
export const stateDir = resolve(import.meta.dirname, `../../.tickwatch-e2e${half ? `-${half}` : ''}`)
/** Pictures of the pages, which the workflow keeps as an artifact. */
export const screenshots = resolve(import.meta.dirname, '../screenshots')
export const portalUrl = `http://localhost:${3000 + portOffset}`
export const controlUrl = `http://127.0.0.1:${2900 + portOffset}`
/** The port at which only gateway-2 reaches AWS, so that a test can cut that gateway off. */
export const awsLinkPort = 2901 + portOffset
/** The port at which the gateways reach AMP, so that a test can delay what they send. */
export const ampLinkPort = 2902 + portOffset
/** Access tokens last 20 s here, so that every test sees renewals, and live views see their token expire. */
export const accessTokenSeconds = 20
/** A test of the alert rules proves the default of 60 s; a shorter time saves waiting here. */
export const driftAlertSeconds = 10

/** Every address of the platform under test. */
export function platformState(): LocalState {
  const state = readLocalState(stateDir)
  if (!state) throw new Error('the platform under test is not running')
  return state
}

const frozen = new Map<string, () => void>()

/** Stops and starts single parts of the platform, which runs in Playwright's main process. */
export const parts = {
  kill: (name: string, signal: NodeJS.Signals) => control(`${name}/kill/${signal}`),
  stop: (name: string) => control(`${name}/stop`),
  start: (name: string) => control(`${name}/start`),
  /** Suspends the process, and those that it started, until `thaw`: its connections stay open and get no answer. */
  async freeze(name: string) {
    const record = platformState().processes[name]
    if (!record) throw new Error(`${name} does not run`)
    frozen.set(name, await freeze(record.pid))
  },
  thaw: (name: string) => frozen.get(name)?.(),
}

/** The connection from gateway-2 to AWS. */
export const awsLink = { cut: () => control('aws-link/stop'), restore: () => control('aws-link/start') }

/** The connections from the gateways to AMP. */
export const ampLink = { delay: (ms: number) => control(`amp-link/delay/${ms}`) }

async function control(path: string): Promise<void> {
  const response = await fetch(`${controlUrl}/${path}`, { method: 'POST', signal: AbortSignal.timeout(60_000) })
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
}
