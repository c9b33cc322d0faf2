import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** A unit of systemd, as far as its order goes: names of other units, by directive. */
export type Unit = { name: string; directives: ReadonlyMap<string, readonly string[]> }

/** Reads the text of a unit. Directives that occur again add to the earlier ones, as systemd reads their lists. */
export function parseUnit(name: string, text: string): Unit {
  const directives = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [, key, value = ''] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? []
    if (key) directives.set(key, [...(directives.get(key) ?? []), ...value.split(/\s+/).filter(Boolean)])
  }
  return { name, directives }
}

/** The units of an image: those of all images, and those of its role. */
export function unitsOf(rootfs: string, role: string): Unit[] {
  const folders = [...new Set(['base', role])].map((each) => join(rootfs, each, 'etc/systemd/system'))
  return folders
    .flatMap((folder) => globSync('tickwatch-*', { cwd: folder }).map((name) => join(folder, name)))
    .sort()
    .map((file) => parseUnit(basename(file), readFileSync(file, 'utf8')))
}

/** All pairs of the relation that `direct` and `inverse` state, of one unit to another, over any number of units between. */
function closure(
  units: readonly Unit[],
  direct: string,
  inverse: readonly string[],
): (from: string, to: string) => boolean {
  const edges = new Map<string, Set<string>>()
  const add = (from: string, to: string) => edges.set(from, (edges.get(from) ?? new Set()).add(to))
  for (const { name, directives } of units) {
    for (const other of directives.get(direct) ?? []) add(name, other)
    for (const directive of inverse) for (const other of directives.get(directive) ?? []) add(other, name)
  }
  return (from, to) => {
    const seen = new Set([from])
    for (const each of seen) for (const next of edges.get(each) ?? []) seen.add(next)
    return from !== to ? seen.has(to) : [...(edges.get(from) ?? [])].some((next) => next === from)
  }
}

/** Whether one unit starts only after another one did. */
export const startsAfter = (units: readonly Unit[]) => closure(units, 'After', ['Before'])
/** Whether one unit does not start if another one fails. */
export const requires = (units: readonly Unit[]) => closure(units, 'Requires', ['RequiredBy'])
/** Whether one unit starts another one with itself. */
export const wants = (units: readonly Unit[]) => {
  const strictly = closure(units, 'Requires', ['RequiredBy'])
  const loosely = closure(units, 'Wants', ['WantedBy'])
  return (from: string, to: string) => strictly(from, to) || loosely(from, to)
}
