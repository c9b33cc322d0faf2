import { expect, it } from 'vitest'
import { freshnessWords } from './freshness.ts'

const checkedAt = '2026-11-23T17:00:00.000Z'
const at = Date.parse(checkedAt)

it('says how old the newest data is, growing until the next answer', () => {
  const fresh = { state: 'current', ageSeconds: 2, reason: null, checkedAt } as const
  expect(freshnessWords(fresh, at)).toEqual({ kind: 'good', words: 'Graphs current', detail: '2 s ago' })
  expect(freshnessWords(fresh, at + 3_000).detail).toBe('5 s ago')
})

it('does not go on calling the graphs current when no answer renews it', () => {
  const fresh = { state: 'current', ageSeconds: 2, reason: null, checkedAt } as const
  expect(freshnessWords(fresh, at + 28_000)).toEqual({
    kind: 'warning',
    words: 'Graph age unknown',
    detail: 'not checked for 28 s',
  })
})

it('gives the reason when the graphs are not current', () => {
  const stale = { state: 'stale', ageSeconds: 400, reason: 'no gateway takes samples', checkedAt } as const
  expect(freshnessWords(stale, at)).toEqual({ kind: 'bad', words: 'Graphs stale', detail: 'no gateway takes samples' })
})

it('does not call the graphs current when the API does not answer', () => {
  expect(freshnessWords(undefined, at).kind).toBe('warning')
})
