'use client'

import { useEffect, useState } from 'react'
import type { QueryLike } from '../components/StateView.tsx'
import type { Range } from './range.ts'

/**
 * A live range changes with time, so each refresh is a new query. Until it is answered, and if it fails, the previous
 * chart stays, with its own range and its age.
 * @param of the subject of the chart: a chart of another subject does not stay.
 */
export function useKept<T>(query: QueryLike<T>, of: string, range: Range): { shown: QueryLike<T>; shownRange: Range } {
  const [kept, keep] = useState<{ of: string; data: T; dataUpdatedAt: number; range: Range } | null>(null)
  const { data, error, dataUpdatedAt } = query
  // If it is 0, this is the previous chart, shown until the next one is loaded.
  const loaded = data !== undefined && dataUpdatedAt > 0
  useEffect(() => {
    if (loaded && !error) keep({ of, data, dataUpdatedAt, range })
  }, [of, loaded, data, error, dataUpdatedAt, range])
  if (loaded || kept?.of !== of) return { shown: query, shownRange: range }
  const shown = data === undefined && error ? { ...query, data: kept.data, dataUpdatedAt: kept.dataUpdatedAt } : query
  return { shown, shownRange: kept.range }
}
