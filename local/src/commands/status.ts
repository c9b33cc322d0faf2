import { partNames } from '../platform/launchers.ts'
import { isAlive, type LocalState, readLocalState } from '../platform/localState.ts'
import { table } from './show.ts'

const inside = new Set(['amp', 'issuer'])

function addressOf(name: string, { addresses, database }: LocalState): string {
  const known: Record<string, string> = {
    postgres: new URL(database.platform).host,
    ministack: addresses.aws,
    prometheus: addresses.prometheus,
    amp: addresses.ampEndpoint,
    issuer: addresses.issuer,
    api: addresses.api,
    web: addresses.portal,
    envoy: `${addresses.writers} (writers), ${addresses.readers} (readers)`,
    'node-exporter': addresses.nodeExporter,
    ...Object.fromEntries(addresses.gateways.map(({ id, httpUrl }) => [id, httpUrl])),
  }
  return known[name] ?? ''
}

/** Every part with its process and address. Code 0 when all of it runs, else 1. */
export async function status(stateDir: string): Promise<number> {
  const state = readLocalState(stateDir)
  if (!state || !isAlive(state.supervisor) || state.phase === 'stopped' || state.phase === 'failed') {
    console.log(`  stopped${state?.fault ? `; the last start failed:\n${state.fault}` : ''}`)
    return 1
  }
  const rows = partNames.map((name): [string, string, boolean] => {
    const record = state.processes[name]
    const runs = inside.has(name) || (record !== undefined && isAlive(record))
    const what = record && runs ? `process ${record.pid}` : runs ? 'in the main process' : 'down'
    return [name, `${what.padEnd(20)} ${addressOf(name, state)}`.trimEnd(), runs]
  })
  console.log(`  ${state.phase} since ${state.startedAt}, process ${state.supervisor.pid}`)
  console.log(table(rows.map(([name, what]) => [name, what])))
  return state.phase === 'ready' && rows.every(([, , runs]) => runs) ? 0 : 1
}
