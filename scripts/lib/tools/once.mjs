import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache, step } from '../steps.mjs'

/** Each tool is installed into a folder of this one. */
export const tools = join(cache, 'tools')

/** Does `make` into a fresh folder once, and anew when what it stands on changed; a half-made one never counts. */
export async function once(name, version, title, make, standsOn = () => '') {
  const folder = join(tools, name)
  const stamp = join(folder, '.made')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === version + standsOn()) return folder
  await step(title, async () => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    await make(folder)
    writeFileSync(stamp, version + standsOn())
  })
  return folder
}
