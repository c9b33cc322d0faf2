import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './steps.mjs'

const notSource = /^(node_modules|generated|\.turbo|\.next(-\d+)?|next-env\.d\.ts)$|\.test\.tsx?$|\.tsbuildinfo$/

function* filesBelow(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    if (notSource.test(entry.name)) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else yield path
  }
}

/** A hash of all source files in these folders (relative to the project's root) and of the installed packages. */
export function sourceHash(folders) {
  const hash = createHash('sha256')
  for (const folder of folders)
    for (const file of filesBelow(join(root, folder)))
      hash.update(`${file.slice(root.length)}\0`).update(readFileSync(file))
  return hash.update(readFileSync(join(root, 'package-lock.json'))).digest('hex')
}
