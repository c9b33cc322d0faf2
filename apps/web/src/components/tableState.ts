'use client'

import { useCallback } from 'react'
import { useUrlParams } from '../lib/urlState.ts'
import { readSort, type Sort, writeSort } from './sort.ts'

/** A table's order, in the URL as `sort`. A new order starts at the first page. */
export function useSort(fallback: string, urlPrefix = ''): [Sort | null, (sort: Sort) => void] {
  const { get, set } = useUrlParams()
  const sort = readSort(get(`${urlPrefix}sort`) ?? fallback)
  const setSort = useCallback(
    (next: Sort) => {
      const text = writeSort(next)
      set({ [`${urlPrefix}sort`]: text === fallback ? null : text, [`${urlPrefix}cursor`]: null })
    },
    [set, fallback, urlPrefix],
  )
  return [sort, setSort]
}

/** Keys of the unfolded rows, in the URL as `open`. Unfolding a row adds nothing to the browser's history. */
export function useExpanded(urlPrefix = ''): [string[], (key: string) => void] {
  const { get, set } = useUrlParams()
  const name = `${urlPrefix}open`
  const expanded = (get(name) ?? '').split(',').filter((key) => key !== '')
  const toggle = (key: string) => {
    const next = expanded.includes(key) ? expanded.filter((one) => one !== key) : [...expanded, key]
    set({ [name]: next.join(',') }, { replace: true })
  }
  return [expanded, toggle]
}
