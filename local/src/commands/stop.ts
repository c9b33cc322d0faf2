import { killLeftovers, readLocalState } from '../platform/localState.ts'
import { isAlive } from '../process/identity.ts'
import { until } from '../process/until.ts'

const stopWithinSeconds = 60

/** Stops a platform, in the foreground elsewhere or detached, and whatever a killed one left running. */
export async function stop(stateDir: string): Promise<number> {
  const state = readLocalState(stateDir)
  if (!state) {
    console.log('  Nothing runs.')
    return 0
  }
  const { supervisor } = state
  const ran = isAlive(supervisor) && state.phase !== 'stopped' && state.phase !== 'failed'
  if (ran) {
    process.kill(supervisor.pid, 'SIGTERM')
    await until('the platform stopped', () => !isAlive(supervisor), { seconds: stopWithinSeconds })
  }
  await killLeftovers(state)
  console.log(ran ? '  Stopped; the data stays.' : '  Nothing runs.')
  return 0
}
