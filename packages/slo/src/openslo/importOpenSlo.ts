import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { type Definition, type Fault, readDefinition } from '../definition.ts'
import { definitionOf, type Path, type Places } from './definitionOf.ts'
import { openSlo } from './shape.ts'

export const openSloBytesMax = 65_536

/** A fault of a file, with the place in it and the name of the field. */
export type FileFault = { line: number; column: number; field: string; message: string }

/**
 * Reads an SLO in OpenSLO v1. A field that Tickwatch would have to ignore is a fault, because the SLO would then mean
 * something else than its file says.
 */
export function importOpenSlo(
  text: string,
): { definition: Definition; faults: [] } | { definition: null; faults: FileFault[] } {
  if (new TextEncoder().encode(text).length > openSloBytesMax) {
    return {
      definition: null,
      faults: [{ line: 1, column: 1, field: '', message: `A file can have at most ${openSloBytesMax} bytes.` }],
    }
  }
  const lines = new LineCounter()
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number) => ({ line: lines.linePos(offset).line, column: lines.linePos(offset).col })
  if (yaml.errors.length > 0) {
    return { definition: null, faults: yaml.errors.map(({ pos, message }) => ({ ...at(pos[0]), field: '', message })) }
  }
  const placed = ({ path, message }: Fault): FileFault => ({
    ...at(offsetOf(yaml, path)),
    field: fieldOf(path),
    message,
  })
  let content: unknown
  try {
    // Aliases can make a small file a huge value.
    content = yaml.toJS({ maxAliasCount: 50 })
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause
    return {
      definition: null,
      faults: [
        { line: 1, column: 1, field: '', message: `Write the values in place of the aliases: ${cause.message}.` },
      ],
    }
  }
  const { data, error } = openSlo.safeParse(content)
  if (!data) return { definition: null, faults: error.issues.flatMap(faultsOf).map(placed) }
  const { value, places, faults } = definitionOf(data)
  const read = readDefinition(value)
  const all = [...faults, ...read.faults.map(({ path, message }) => ({ path: placeOf(path, places), message }))]
  if (read.definition && all.length === 0) return read
  return { definition: null, faults: all.map(placed) }
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: 'Tickwatch can’t import this field. Remove it.' }))
  }
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
  return [{ path, message: missing ? 'This field is missing.' : issue.message }]
}

const placeOf = (path: Path, places: Places): Path => {
  const part = path.join('.')
  return places.find(([prefix]) => part === prefix || part.startsWith(`${prefix}.`))?.[1] ?? []
}

function fieldOf(path: Path): string {
  return path.reduce<string>(
    (field, key) => (typeof key === 'number' ? `${field}[${key}]` : field === '' ? key : `${field}.${key}`),
    '',
  )
}

/** The offset of the field's key, or of the nearest part of the path that is there. */
function offsetOf(yaml: Document.Parsed, path: Path): number {
  let node: unknown = yaml.contents
  let offset = 0
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key)
      if (!pair || !isScalar(pair.key)) break
      offset = pair.key.range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node) && typeof key === 'number') {
      node = node.items[key]
      offset = isNode(node) ? (node.range?.[0] ?? offset) : offset
    } else break
  }
  return offset
}
