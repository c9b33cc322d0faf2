import { describe, expect, it } from 'vitest'
import { readBody, retryAfterSeconds } from './response.ts'

async function* chunks(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text)
}

describe('readBody', () => {
  it('keeps the first bytes across chunks and reads to the end', async () => {
    const body = chunks('abc', 'def', 'ghi')
    expect(await readBody(body, 5)).toBe('abcde')
    expect((await body.next()).done).toBe(true)
  })

  it('returns an empty text for an empty body', async () => {
    expect(await readBody(chunks(), 5)).toBe('')
  })
})

describe('retryAfterSeconds', () => {
  const now = Date.parse('2026-11-23T12:00:00.400Z')
  it.each([
    [undefined, null],
    ['7', 7],
    [['3', '9'], 3],
    ['Mon, 23 Nov 2026 12:00:05 GMT', 5],
    ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
    ['soon', null],
  ])('reads %j as %j s', (header, seconds) => {
    expect(retryAfterSeconds(header, now)).toBe(seconds)
  })
})
