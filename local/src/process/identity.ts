import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

export type ProcessRecord = { pid: number; identity: string }

/** The start time of a process, which distinguishes it from a later one with the same id. `null` if there is none. */
export function processIdentity(pid: number): string | null {
  try {
    if (existsSync('/proc/self/stat')) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // Of the fields after the command's closing bracket, the state is the first and the start time the 20th.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return fields[0] === 'Z' ? null : (fields[19] ?? null)
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null
  } catch {
    // There is no such process: /proc has no folder for it, or ps ends with code 1.
    return null
  }
}

export const isAlive = (record: ProcessRecord) => processIdentity(record.pid) === record.identity

export function recordOf(pid: number): ProcessRecord {
  return { pid, identity: processIdentity(pid) ?? '' }
}
