import { readLocalState } from '../platform/localState.ts'
import { partsOf } from '../platform/registry.ts'
import { describeRestart } from '../platform/restarts.ts'
import { isAlive } from '../process/identity.ts'
import { table } from './show.ts'

/** Prints every part, and every gateway of the fleet, with its process and address. Returns 0 if all of them run, and 1 if not. */
export async function status(stateDir: string): Promise<number> {
  const state = readLocalState(stateDir)
  if (!state || !isAlive(state.supervisor) || state.phase === 'stopped' || state.phase === 'failed') {
    console.log(`  stopped${state?.fault ? `; the last start failed:\n${state.fault}` : ''}`)
    return 1
  }
  const row = (name: string, inMainProcess: boolean, more: (string | undefined)[]): [string, string, boolean] => {
    const record = state.processes[name]
    const runs = inMainProcess || (record !== undefined && isAlive(record))
    const what = record && runs ? `process ${record.pid}` : runs ? 'in the main process' : 'down'
    return [name, [what.padEnd(20), ...more].filter(Boolean).join('  ').trimEnd(), runs]
  }
  const { fleet, gateways } = state.addresses
  const rows = partsOf(Boolean(fleet)).map(({ name, inProcess, address }) => {
    const restart = state.restarts?.[name]
    return row(name, inProcess === true, [address?.(state), restart && describeRestart(restart)])
  })
  if (fleet) rows.push(...gateways.map(({ id, ring, zone, httpUrl }) => row(id, false, [httpUrl, `${ring}, ${zone}`])))
  console.log(`  ${state.phase} since ${state.startedAt}, process ${state.supervisor.pid}`)
  console.log(table(rows.map(([name, what]) => [name, what])))
  return state.phase === 'ready' && rows.every(([, , runs]) => runs) ? 0 : 1
}
