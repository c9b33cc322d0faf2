import { killLeftovers, readLocalState } from '../platform/localState.ts'
import { isAlive } from '../process/identity.ts'
import { until } from '../process/until.ts'

const stopWithinSeconds = 60

/** Stops a platform that runs detached or in another terminal, and the processes that a killed platform left. */
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
  console.log(ran ? '  Stopped. The data is kept.' : '  Nothing runs.')
  return 0
}
