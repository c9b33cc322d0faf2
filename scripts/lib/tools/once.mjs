import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache, step } from '../steps.mjs'

/** Each tool is installed into a folder of this one. */
export const tools = join(cache, 'tools')

/**
 * Calls `make` with an empty folder, unless that was done already with the same `version` and answer of `dependsOn`.
 * The stamp is written last, so a folder that is only half made is made again.
 */
export async function once(name, version, title, make, dependsOn = () => '') {
  const folder = join(tools, name)
  const stamp = join(folder, '.made')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === version + dependsOn()) return folder
  await step(title, async () => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    await make(folder)
    writeFileSync(stamp, version + dependsOn())
  })
  return folder
}
