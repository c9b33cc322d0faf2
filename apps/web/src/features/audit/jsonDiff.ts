/** One member that differs; `undefined` where one side has none. */
export type Difference = { path: string; before: unknown; after: unknown }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The members that differ between two JSON values, by path, in the order in which they first appear. Lists are compared
 * as a whole: in an audit event the order of a list means something.
 */
export function jsonDiff(before: unknown, after: unknown, path = ''): Difference[] {
  if (isObject(before) || isObject(after)) {
    const left = isObject(before) ? before : {}
    const right = isObject(after) ? after : {}
    // A side that is a plain value or a list instead of an object differs as a whole.
    const mixed = [before, after].some((side) => side !== undefined && side !== null && !isObject(side))
    if (!mixed) {
      const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])]
      return keys.flatMap((key) => jsonDiff(left[key], right[key], path ? `${path}.${key}` : key))
    }
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }]
}

/** A JSON value for reading: text without quotes, numbers with separators, nothing as a dash. */
export function valueText(value: unknown): string {
  if (value === undefined || value === null) return '–'
  if (typeof value === 'string') return value
  if (typeof value === 'number') return value.toLocaleString('en-US')
  return JSON.stringify(value)
}
