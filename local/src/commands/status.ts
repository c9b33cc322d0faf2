import { readLocalState } from '../platform/localState.ts'
import { parts } from '../platform/registry.ts'
import { describeRestart } from '../platform/restarts.ts'
import { isAlive } from '../process/identity.ts'
import { table } from './show.ts'

/** Prints every part with its process and address. Returns 0 if all parts run, and 1 if not. */
export async function status(stateDir: string): Promise<number> {
  const state = readLocalState(stateDir)
  if (!state || !isAlive(state.supervisor) || state.phase === 'stopped' || state.phase === 'failed') {
    console.log(`  stopped${state?.fault ? `; the last start failed:\n${state.fault}` : ''}`)
    return 1
  }
  const rows = parts.map(({ name, inProcess, address }): [string, string, boolean] => {
    const record = state.processes[name]
    const runs = inProcess === true || (record !== undefined && isAlive(record))
    const what = record && runs ? `process ${record.pid}` : runs ? 'in the main process' : 'down'
    const restart = state.restarts?.[name]
    return [
      name,
      [what.padEnd(20), address?.(state), restart && describeRestart(restart)].filter(Boolean).join('  ').trimEnd(),
      runs,
    ]
  })
  console.log(`  ${state.phase} since ${state.startedAt}, process ${state.supervisor.pid}`)
  console.log(table(rows.map(([name, what]) => [name, what])))
  return state.phase === 'ready' && rows.every(([, , runs]) => runs) ? 0 : 1
}
