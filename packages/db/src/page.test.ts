import { describe, expect, it } from 'vitest'
import { BadCursor } from './errors.ts'
import { decodeCursor, toPage } from './page.ts'

const rows = Array.from({ length: 4 }, (_, i) => ({ at: `t${i}`, id: i }))
const page = (count: number, pageSize: number) =>
  toPage(
    rows.slice(0, count),
    pageSize,
    (row) => [row.at, row.id],
    (row) => row.id,
  )

describe('a page', () => {
  it('has a next page only if one row more than its size was read', () => {
    expect(page(3, 3)).toEqual({ items: [0, 1, 2], nextCursor: null })
    expect(page(4, 3).items).toEqual([0, 1, 2])
    expect(page(0, 3)).toEqual({ items: [], nextCursor: null })
  })

  it('is followed by the page after its last row', () => {
    expect(decodeCursor(page(4, 3).nextCursor, ['string', 'number'])).toEqual(['t2', 2])
  })

  it.each(['[1]', '["t2"]', '["t2", "2"]', '["t2", 2, 3]', '{}', 'null', 'nonsense', ''])(
    'rejects a cursor of another list: %j',
    (key) => {
      const cursor = Buffer.from(key).toString('base64url')
      expect(() => decodeCursor(cursor, ['string', 'number'])).toThrow(BadCursor)
    },
  )
})
