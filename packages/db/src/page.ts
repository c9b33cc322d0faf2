import { BadCursor } from './errors.ts'

export type Page<T> = { items: T[]; nextCursor: string | null }
export type PageRequest = { cursor?: string | null | undefined; pageSize: number }

type Key = string | number
/** What kinds the parts of a cursor have, in order; a cursor of another list is refused by them. */
export type KeyShape = readonly ('string' | 'number')[]

/**
 * A page out of rows read with one row more than asked for: that row only tells that there is a next page.
 * @param key where the next page goes on, of the page's last row.
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

/** @throws BadCursor when it isn't one of this shape. */
export function decodeCursor(cursor: string | null | undefined, shape: KeyShape): Key[] | null {
  if (cursor === null || cursor === undefined) return null
  let key: unknown
  try {
    key = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch (cause) {
    throw new BadCursor('the page cursor is malformed', { cause })
  }
  if (!Array.isArray(key) || key.length !== shape.length) throw new BadCursor('the page cursor is of another list')
  return shape.map((kind, i) => {
    const part: unknown = key[i]
    if (kind === 'string' && typeof part === 'string') return part
    if (kind === 'number' && typeof part === 'number' && Number.isFinite(part)) return part
    throw new BadCursor('the page cursor is of another list')
  })
}

/** What LIKE finds `search` by anywhere in a text; both sides go through lower(), which costs a third of ILIKE. */
export const containing = (search: string) => `%${search.replace(/[\\%_]/g, '\\$&')}%`
