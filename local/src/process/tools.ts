import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The repository's root. */
export const root = join(import.meta.dirname, '..', '..', '..')

export type Tools = { python: string; envoy: string; prometheus: string; promtool: string; nodeExporter: string }

/**
 * Where the servers are that npm does not bring, as the bootstrap found or unpacked them.
 * @throws Error with the command to run when there was no bootstrap yet.
 */
export function tools(): Tools {
  try {
    return JSON.parse(readFileSync(join(root, '.cache', 'tools.json'), 'utf8')) as Tools
  } catch (cause) {
    throw new Error('The servers are not set up yet. Run: npm run setup', { cause })
  }
}
