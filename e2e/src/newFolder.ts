import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { mustNotRun } from '@tickwatch/local'
import { alone } from '../../scripts/lib/alone.mjs'

/**
 * Empties the folder of an earlier run and calls `start`. A second run waits meanwhile, also for `start`: the first one
 * writes local.json there, and only that file protects the folder afterwards.
 * @throws CannotStart, and deletes nothing, if a platform runs in the folder.
 */
export function inNewFolder<Started>(stateDir: string, start: () => Promise<Started>): Promise<Started> {
  return alone(() => {
    mkdirSync(stateDir, { recursive: true })
    mustNotRun(stateDir)
    // The unpacked browser stays: it has no state, and unpacking takes seconds. By local.json the start ends the
    // processes that a killed run left.
    for (const entry of readdirSync(stateDir)) {
      if (entry !== 'chromium' && entry !== 'local.json')
        rmSync(join(stateDir, entry), { recursive: true, force: true })
    }
    return start()
  }, stateDir)
}
