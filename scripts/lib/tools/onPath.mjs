import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where a program of the machine is; undefined if it is not on `PATH`. */
export function onPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder && existsSync(join(folder, name))) return join(folder, name)
  }
  return undefined
}
