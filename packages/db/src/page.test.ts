import { describe, expect, it } from 'vitest'
import { BadCursor } from './errors.ts'
import { decodeCursor, type KeyShape, toPage } from './page.ts'

const rows = Array.from({ length: 4 }, (_, i) => ({ at: `2026-11-0${i + 1}T00:00:00.000Z`, id: i }))
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
    expect(decodeCursor(page(4, 3).nextCursor, ['time', 'int8'])).toEqual(['2026-11-03T00:00:00.000Z', 2])
  })

  it.each(['[1]', '["t"]', '["t", "2"]', '["t", 2, 3]', '{}', 'null', 'nonsense', ''])(
    'rejects a cursor of another list: %j',
    (key) => {
      const cursor = Buffer.from(key).toString('base64url')
      expect(() => decodeCursor(cursor, ['text', 'int8'])).toThrow(BadCursor)
    },
  )

  it.each<[KeyShape[number], unknown[], unknown[]]>([
    ['text', ['', 'acme'], ['a\0', '\ud800', 5]],
    [
      'time',
      ['2026-11-28T12:00:00.000Z'],
      ['0000-01-01T00:00:00Z', 'infinity', '2026-13-45T00:00:00Z', '+099999-01-01T00:00:00Z', ''],
    ],
    ['uuid', ['00000000-0000-4000-8000-000000000000'], ['acme', '00000000-0000-4000-8000-00000000000', "'"]],
    ['int4', [0, -1, 2_147_483_647], [2_147_483_648, 1.5, '1']],
    ['int8', [0, Number.MAX_SAFE_INTEGER], [2 ** 53, 1e300, 0.5]],
    ['float8', [0.5, 1e300], ['1', null]],
  ])('takes only what Postgres accepts as %s', (kind, good, bad) => {
    const cursorOf = (part: unknown) => Buffer.from(JSON.stringify([part])).toString('base64url')
    for (const part of good) expect(decodeCursor(cursorOf(part), [kind])).toEqual([part])
    for (const part of bad) expect(() => decodeCursor(cursorOf(part), [kind]), `${part}`).toThrow(BadCursor)
  })
})
