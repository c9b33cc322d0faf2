import { appendFileSync } from 'node:fs'
import { partSpec } from '../../platform/part.ts'
import { doNotReap, reapWithUs } from '../../process/reaper.ts'
import { startPostgres } from './postgres.ts'

export const postgresPart = partSpec({
  name: 'postgres',
  after: [],
  ports: { postgres: 54329 },
  address: ({ database }) => new URL(database.platform).host,
  launch: async ({ dir, ports, logFile }) => {
    const { pid, stop, ended } = await startPostgres({
      dir,
      port: ports.postgres,
      onLog: (text) => appendFileSync(logFile, text),
    })
    reapWithUs(pid)
    const gone = ended.then(() => doNotReap(pid))
    return {
      pid,
      ended: gone.then(() => 'ended'),
      stop,
      kill: async (signal) => {
        process.kill(pid, signal)
        await gone
      },
    }
  },
})
