import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { stop } from './stop.ts'

/** Stops the platform and deletes all its data. */
export async function reset(stateDir: string): Promise<number> {
  if (!existsSync(stateDir)) {
    console.log('  There is nothing to delete.')
    return 0
  }
  // TICKWATCH_STATE may name any folder. Delete only one that a platform made.
  if (!existsSync(join(stateDir, 'secrets.json'))) {
    console.error(`  ${stateDir} is not the state of a local platform; nothing was deleted.`)
    return 1
  }
  await stop(stateDir)
  rmSync(stateDir, { recursive: true, force: true })
  console.log(`  Deleted ${stateDir}.`)
  return 0
}
