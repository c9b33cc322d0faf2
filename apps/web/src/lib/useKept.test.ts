import { describe, expect, it } from 'vitest'
import type { QueryLike } from '../components/StateView.tsx'
import type { Range } from './range.ts'
import { type Kept, keptAfter, shownOf } from './useKept.ts'

const range = (toMs: number): Range => ({ choice: '1h', preset: '1h', fromMs: toMs - 3_600_000, toMs })
const query = (change: Partial<QueryLike<string>>): QueryLike<string> => ({
  data: undefined,
  error: null,
  isPending: true,
  isFetching: true,
  dataUpdatedAt: 0,
  refetch: () => {},
  ...change,
})
const pending = query({})
const answered = (data: string, dataUpdatedAt: number) => query({ data, dataUpdatedAt, isPending: false })
const failed = query({ error: new Error('API away'), isPending: false })

/** What a chart of `acme` shows for each state of its query, one after the other. */
function shownFor(...states: [QueryLike<string>, Range][]) {
  let kept: Kept<string> | null = null
  return states.map(([state, of]) => {
    kept = keptAfter(kept, state, 'acme', of)
    const { shown, shownRange } = shownOf(kept, state, 'acme', of)
    return [shown.data, shown.dataUpdatedAt, shown.error !== null, shownRange.toMs]
  })
}

describe('a chart of a live range', () => {
  it('stays with its age and its range until the next one is there', () => {
    expect(
      shownFor([answered('first', 5), range(10)], [pending, range(25)], [answered('second', 26), range(25)]),
    ).toEqual([
      ['first', 5, false, 10],
      ['first', 5, false, 10],
      ['second', 26, false, 25],
    ])
  })

  it('is called old from the first failure until an answer, also while the next range is asked for', () => {
    expect(
      shownFor(
        [answered('first', 5), range(10)],
        [failed, range(25)],
        [pending, range(40)],
        [failed, range(40)],
        [pending, range(55)],
        [answered('second', 56), range(55)],
        [pending, range(70)],
      ),
    ).toEqual([
      ['first', 5, false, 10],
      ['first', 5, true, 10],
      ['first', 5, true, 10],
      ['first', 5, true, 10],
      ['first', 5, true, 10],
      ['second', 56, false, 55],
      ['second', 56, false, 55],
    ])
  })

  it('that could not be refreshed is called old while the next range is asked for', () => {
    const old = query({ data: 'first', dataUpdatedAt: 5, error: new Error('API away'), isPending: false })
    expect(shownFor([old, range(10)], [pending, range(25)])[1]).toEqual(['first', 5, true, 10])
  })

  it('that was never loaded shows the error', () => {
    expect(shownFor([failed, range(10)])).toEqual([[undefined, 0, true, 10]])
  })

  it('of another subject does not stay', () => {
    const kept = keptAfter(null, answered('of acme', 5), 'acme', range(10))
    expect(shownOf(kept, pending, 'beta', range(10)).shown.data).toBeUndefined()
    expect(keptAfter(kept, failed, 'beta', range(10))).toBe(kept)
  })
})
