import { expect, it } from 'vitest'
import { freshnessWords } from './freshness.ts'

const checkedAt = '2026-11-23T17:00:00.000Z'
const at = Date.parse(checkedAt)

it('says how old the newest data is, growing until the next answer', () => {
  const fresh = { state: 'current', ageSeconds: 2, reason: null, checkedAt } as const
  expect(freshnessWords(fresh, at, at)).toEqual({ kind: 'good', words: 'Graphs current', detail: '2 s ago' })
  expect(freshnessWords(fresh, at, at + 3_000).detail).toBe('5 s ago')
})

it('stops calling the graphs current when no new answer arrives', () => {
  const fresh = { state: 'current', ageSeconds: 2, reason: null, checkedAt } as const
  expect(freshnessWords(fresh, at, at + 28_000)).toEqual({
    kind: 'warning',
    words: 'Graph age unknown',
    detail: 'not checked for 28 s',
  })
})

it('measures the age of an answer with the browser’s own clock, even if that is an hour ahead', () => {
  const fresh = { state: 'current', ageSeconds: 2, reason: null, checkedAt } as const
  const received = at + 3_600_000
  expect(freshnessWords(fresh, received, received + 3_000)).toMatchObject({ kind: 'good', detail: '5 s ago' })
})

it('gives the reason when the graphs are not current', () => {
  const stale = { state: 'stale', ageSeconds: 400, reason: 'no gateway takes samples', checkedAt } as const
  expect(freshnessWords(stale, at, at)).toEqual({
    kind: 'bad',
    words: 'Graphs stale',
    detail: 'no gateway takes samples',
  })
})

it('does not call the graphs current when the API does not answer', () => {
  expect(freshnessWords(undefined, at, at).kind).toBe('warning')
})
