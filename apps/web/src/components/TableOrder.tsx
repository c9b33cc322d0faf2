import { useId } from 'react'
import classes from './DataTable.module.css'
import { readSort, type Sort, writeSort } from './sort.ts'

type Orderable = { key: string; title: unknown; label?: string; sort?: unknown }

/** Chooses the order of a table on a narrow screen: its rows are cards there, without column heads to click. */
export function TableOrder({
  label,
  columns,
  sort,
  onSort,
}: {
  label: string
  columns: readonly Orderable[]
  sort: Sort | null
  onSort: (sort: Sort) => void
}) {
  const id = useId()
  const sortable = columns.flatMap(({ key, title, label: words, sort: by }) =>
    by === undefined ? [] : [{ key, words: words ?? (typeof title === 'string' ? title : key) }],
  )
  if (sortable.length === 0) return null
  return (
    <div className={classes.order}>
      <label htmlFor={id}>Order</label>
      <select
        id={id}
        aria-label={`Order of ${label.toLowerCase()}`}
        value={sort === null ? '' : writeSort(sort)}
        onChange={(event) => {
          const chosen = readSort(event.currentTarget.value)
          if (chosen) onSort(chosen)
        }}
      >
        {sort === null && <option value="">default order</option>}
        {sortable.flatMap(({ key, words }) => [
          <option key={key} value={key}>
            {words}, ascending
          </option>,
          <option key={`-${key}`} value={`-${key}`}>
            {words}, descending
          </option>,
        ])}
      </select>
    </div>
  )
}
