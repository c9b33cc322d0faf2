'use client'

import { useEffect, useState } from 'react'
import type { QueryLike } from '../components/StateView.tsx'
import type { Range } from './range.ts'

/** The last chart that was loaded. */
export type Kept<T> = {
  of: string
  data: T
  dataUpdatedAt: number
  range: Range
  /** Why the last refresh failed; null if it did not. */
  error: unknown
}

/**
 * A live range changes with time, so each refresh is a new query. Until it is answered, and if it fails, the previous
 * chart stays, with its own range and its age. Once a refresh has failed, its error stays until one succeeds.
 * @param of the subject of the chart: a chart of another subject does not stay.
 */
export function useKept<T>(query: QueryLike<T>, of: string, range: Range): { shown: QueryLike<T>; shownRange: Range } {
  const [kept, keep] = useState<Kept<T> | null>(null)
  const { data, error, dataUpdatedAt } = query
  useEffect(() => {
    keep((before) => keptAfter(before, { data, error, dataUpdatedAt }, of, range))
  }, [of, data, error, dataUpdatedAt, range])
  return shownOf(kept, query, of, range)
}

/** What is kept once a query has this state. */
export function keptAfter<T>(
  before: Kept<T> | null,
  { data, error, dataUpdatedAt }: Pick<QueryLike<T>, 'data' | 'error' | 'dataUpdatedAt'>,
  of: string,
  range: Range,
): Kept<T> | null {
  if (data !== undefined) return { of, data, dataUpdatedAt, range, error }
  return error && before?.of === of ? { ...before, error } : before
}

/** The chart to show, with the range it is of. */
export function shownOf<T>(
  kept: Kept<T> | null,
  query: QueryLike<T>,
  of: string,
  range: Range,
): { shown: QueryLike<T>; shownRange: Range } {
  if (query.data !== undefined || kept?.of !== of) return { shown: query, shownRange: range }
  const { data, dataUpdatedAt } = kept
  return {
    shown: { ...query, data, dataUpdatedAt, error: query.error ?? kept.error, isPending: false },
    shownRange: kept.range,
  }
}
