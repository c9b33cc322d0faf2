import { isStorable } from '@tickwatch/policy'
import { BadCursor } from './errors.ts'

export type Page<T> = { items: T[]; nextCursor: string | null }
export type PageRequest = { cursor?: string | null | undefined; pageSize: number }

type Key = string | number
/** The types of a cursor's parts, in order. A cursor of another list mostly has other types, and is rejected. */
export type KeyShape = readonly (keyof typeof keyKinds)[]

const integerUpTo = (max: number) => (part: unknown) => Number.isSafeInteger(part) && Math.abs(part as number) <= max
const matches = (pattern: RegExp) => (part: unknown) => typeof part === 'string' && pattern.test(part)
// What Postgres accepts as a value of each type. The cursor comes from outside, so it may hold anything.
const keyKinds = {
  text: (part: unknown) => typeof part === 'string' && isStorable(part),
  time: (part: unknown) => matches(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)(part) && Date.parse(part as string) >= 0,
  uuid: matches(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  int4: integerUpTo(2_147_483_647),
  int8: integerUpTo(Number.MAX_SAFE_INTEGER),
  float8: Number.isFinite,
}

/**
 * Makes a page of rows. Read one row more than `pageSize`: it only shows that there is a next page.
 * @param key the sort key of a row. The next page starts after the key of this page's last row.
 */
export function toPage<Row, T>(
  rows: Row[],
  pageSize: number,
  key: (row: Row) => Key[],
  item: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, pageSize)
  const last = shown.at(-1)
  const more = rows.length > pageSize && last !== undefined
  return { items: shown.map(item), nextCursor: more ? encodeCursor(key(last)) : null }
}

export const encodeCursor = (key: Key[]) => Buffer.from(JSON.stringify(key)).toString('base64url')

/** @throws BadCursor if the cursor does not have this shape. */
export function decodeCursor(cursor: string | null | undefined, shape: KeyShape): Key[] | null {
  if (cursor === null || cursor === undefined) return null
  let key: unknown
  try {
    key = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch (cause) {
    throw new BadCursor('the page cursor is malformed', { cause })
  }
  if (!Array.isArray(key) || key.length !== shape.length) throw new BadCursor('the page cursor belongs to another list')
  return shape.map((kind, i) => {
    const part: unknown = key[i]
    if (keyKinds[kind](part)) return part as Key
    throw new BadCursor('the page cursor belongs to another list')
  })
}

/** A LIKE pattern that matches `search` anywhere. Put both sides through lower(): that costs a third of ILIKE. */
export const containing = (search: string) => `%${search.replace(/[\\%_]/g, '\\$&')}%`
