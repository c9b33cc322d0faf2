import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The path of a program of this machine; undefined if it is not on `PATH`. */
export function onPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder && existsSync(join(folder, name))) return join(folder, name)
  }
  return undefined
}
