import { describe, expect, it } from 'vitest'
import { isFormatUpTo, writerFor } from './formats.ts'

const writersOf = (formats: number[]) => Object.fromEntries(formats.map((format) => [format, `writer ${format}`]))

describe('the format to publish in', () => {
  it.each<[string, number[], number[], number]>([
    ['the newest, if all read it', [1, 2, 3], [3, 3], 3],
    ['the newest that every gateway reads', [1, 2, 3], [3, 2], 2],
    ['the newest written, if all read newer ones', [1, 2], [5, 4], 2],
    ['the one below a gap', [1, 3], [2], 1],
    ['the oldest, while no gateway is known', [2, 3, 10], [], 2],
    ['compared as a number', [2, 10], [10], 10],
  ])('is %s', (_case, written, read, format) => {
    expect(writerFor(writersOf(written), read)).toEqual({ format, write: `writer ${format}` })
  })

  it('does not exist if a gateway reads only older formats', () => {
    expect(() => writerFor(writersOf([2, 3]), [3, 1])).toThrow('formats up to 1 only, but this version writes 2, 3')
  })
})

describe('a version that reads up to format 2', () => {
  it.each<[string, unknown, boolean]>([
    ['reads', 1, true],
    ['reads', 2, true],
    ['does not read', 3, false],
    ['does not read', 0, false],
    ['does not read', 1.5, false],
    ['does not read', '1', false],
    ['does not read', undefined, false],
  ])('%s %j', (_case, format, read) => {
    expect(isFormatUpTo(2, format)).toBe(read)
  })
})
