/** One member that differs. `undefined` means that this side does not have it. */
export type Difference = { path: string; before: unknown; after: unknown }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The members that differ between two JSON values, by path, in the order in which they first appear. Lists are compared
 * as a whole, because the order of a list in an audit event has a meaning.
 */
export function jsonDiff(before: unknown, after: unknown, path = ''): Difference[] {
  if (isObject(before) || isObject(after)) {
    const left = isObject(before) ? before : {}
    const right = isObject(after) ? after : {}
    // If one side is a plain value or a list, the two values differ as a whole.
    const mixed = [before, after].some((side) => side !== undefined && side !== null && !isObject(side))
    if (!mixed) {
      const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])]
      return keys.flatMap((key) => jsonDiff(left[key], right[key], path ? `${path}.${key}` : key))
    }
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }]
}

/** A JSON value for people: text without quotes, numbers with separators, a dash for no value. */
export function valueText(value: unknown): string {
  if (value === undefined || value === null) return '–'
  if (typeof value === 'string') return value
  if (typeof value === 'number') return value.toLocaleString('en-US')
  return JSON.stringify(value)
}
