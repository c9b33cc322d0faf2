import { describe, expect, it } from 'vitest'
import { readRange } from './range.ts'

const url = (params: Record<string, string>) => (key: string) => params[key] ?? null
const now = Date.parse('2026-11-23T17:04:33Z')

describe('the range of a page', () => {
  it('is the fallback if the URL has none, or an unknown one', () => {
    expect(readRange(url({}), now, '7d').choice).toBe('7d')
    expect(readRange(url({ range: '9y' }), now, '7d').choice).toBe('7d')
  })

  it('ends now, rounded to steps, so that two renders within a step send the same query', () => {
    const first = readRange(url({ range: '24h' }), now)
    expect(first.toMs).toBeGreaterThanOrEqual(now)
    expect(first.toMs - first.fromMs).toBe(24 * 3_600_000)
    expect(readRange(url({ range: '24h' }), now + 20_000)).toEqual(first)
  })

  it('is the window that a person dragged, and keeps the preset to go back to', () => {
    const range = readRange(url({ range: '7d', from: String(now - 60_000), to: String(now) }), now)
    expect(range).toEqual({ choice: 'custom', preset: '7d', fromMs: now - 60_000, toMs: now })
  })

  it.each([
    { from: 'x', to: String(now) },
    { from: String(now), to: String(now - 1) },
    { from: String(now - 40 * 86_400_000), to: String(now) },
  ])('ignores a window that AMP cannot answer: %o', (params) => {
    expect(readRange(url(params), now).choice).toBe('24h')
  })
})
