export type Sort = { by: string; direction: 'asc' | 'desc' }

/** `name` → ascending by name, `-name` → descending; '' → null. */
export function readSort(text: string): Sort | null {
  if (text === '' || text === '-') return null
  return text.startsWith('-') ? { by: text.slice(1), direction: 'desc' } : { by: text, direction: 'asc' }
}

export const writeSort = (sort: Sort) => (sort.direction === 'desc' ? `-${sort.by}` : sort.by)

/** The order after a click on a column's head: `first` at the first click, then the opposite each time. */
export function nextSort(sort: Sort | null, by: string, first: Sort['direction'] = 'asc'): Sort {
  if (sort?.by !== by) return { by, direction: first }
  return { by, direction: sort.direction === 'asc' ? 'desc' : 'asc' }
}

/** The rows whose text has `search` in it, in upper or lower case. All rows if there is nothing to search for. */
export function findRows<T>(rows: readonly T[], textOf: (row: T) => string, search: string): readonly T[] {
  const wanted = search.trim().toLowerCase()
  return wanted === '' ? rows : rows.filter((row) => textOf(row).toLowerCase().includes(wanted))
}

type Sortable<T> = { key: string; sort?: ((row: T) => string | number | null) | 'server' }

/**
 * Sorts rows by a column that the browser sorts, rows without a value last. For other columns it returns them as given.
 */
export function sortRows<T>(rows: readonly T[], columns: readonly Sortable<T>[], sort: Sort | null): readonly T[] {
  const value = columns.find((column) => column.key === sort?.by)?.sort
  if (!sort || typeof value !== 'function') return rows
  const sign = sort.direction === 'desc' ? -1 : 1
  return [...rows].sort((a, b) => {
    const left = value(a)
    const right = value(b)
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1
    if (typeof left === 'string' || typeof right === 'string') {
      return sign * String(left).localeCompare(String(right), 'en', { numeric: true })
    }
    return sign * (left - right)
  })
}
