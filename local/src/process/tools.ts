import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The repository's root. */
export const root = join(import.meta.dirname, '..', '..', '..')

/** A program that needs arguments before its own, or an environment. */
export type Program = { command: string; args: readonly string[]; env: Readonly<Record<string, string>> }

export type Tools = {
  python: string
  envoy: string
  prometheus: string
  promtool: string
  nodeExporter: string
  /** Missing if it can't be had on this machine, and in a file of an earlier version. */
  alertmanager?: Program | null
  amtool?: Program | null
}

/**
 * The paths of the servers that npm does not install, as the bootstrap found or unpacked them.
 * @throws Error with the command to run, if the bootstrap has not run yet.
 */
export function tools(): Tools {
  try {
    return JSON.parse(readFileSync(join(root, '.cache', 'tools.json'), 'utf8')) as Tools
  } catch (cause) {
    throw new Error('The servers are not set up yet. Run: npm run setup', { cause })
  }
}
