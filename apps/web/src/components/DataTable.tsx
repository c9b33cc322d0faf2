'use client'

import { Group, Text } from '@mantine/core'
import { Fragment, type KeyboardEvent, type MouseEvent, type ReactNode } from 'react'
import { useUrlParams } from '../lib/urlState.ts'
import classes from './DataTable.module.css'
import { IconArrowDown, IconArrowUp, IconChevronRight } from './icons.tsx'
import { Link } from './Link.tsx'
import { Pages } from './Pages.tsx'
import { SearchField } from './SearchField.tsx'
import { findRows, nextSort, type Sort, sortRows } from './sort.ts'
import { TableOrder } from './TableOrder.tsx'
import { useExpanded, useSort } from './tableState.ts'

export type Column<T> = {
  key: string
  title: ReactNode
  /** The title as text, if `title` is not a string; shown beside the value on narrow screens. */
  label?: string
  cell: (row: T) => ReactNode
  /** A value to sort by in the browser, or `server` if the API sorts by this column's key. */
  sort?: ((row: T) => string | number | null) | 'server'
  /** For numbers. */
  align?: 'right'
  width?: number | string
  /** Does not wrap while the table is shown as a table: a name, a state. */
  oneLine?: boolean
  /** On a narrow screen a row is a card of columns: the value spans two of them, or is hidden. */
  narrow?: 'wide' | 'hidden'
}

export type DataTableProps<T> = {
  /** Names the table for screen readers: `Gateways`. */
  label: string
  columns: readonly Column<T>[]
  rows: readonly T[]
  rowKey: (row: T) => string
  /** The page that a row opens. The first cell becomes the link, and a click anywhere on the row follows it. */
  href?: (row: T) => string
  /** Opens something else for the row, for example a drawer. The first cell becomes the button. */
  onOpen?: (row: T) => void
  /** Draws what the row unfolds below itself. The URL says which rows are open. */
  expand?: (row: T) => ReactNode
  /**
   * What a person finds a row by, for a table that has all its rows. If these are more than 50, a field above it filters
   * them.
   */
  findBy?: (row: T) => string
  /** The order until a person chooses one: `name`, `-heartbeatAt`. */
  defaultSort?: string
  /** Cursor of the next page; null on the last page. Leave it out for a table without pages. */
  nextCursor?: string | null
  /** The table has more columns than a tablet can show beside each other. */
  dense?: boolean
  /** Set it when a page has two tables, so that each has its own state in the URL. */
  urlPrefix?: string
}

/**
 * A table that sorts, pages by cursor and unfolds rows, with its state in the URL. Arrow keys go from row to row. Every
 * row becomes a card of labels and values if the table is narrower than 620 px (`dense`: 860 px).
 */
export function DataTable<T>({
  label,
  columns,
  rows,
  rowKey,
  href,
  onOpen,
  expand,
  findBy,
  defaultSort = '',
  nextCursor,
  dense = false,
  urlPrefix = '',
}: DataTableProps<T>) {
  const [sort, setSort] = useSort(defaultSort, urlPrefix)
  const [expanded, toggle] = useExpanded(urlPrefix)
  const search = useUrlParams().get(`${urlPrefix}search`) ?? ''
  const found = findBy ? findRows(rows, findBy, search) : rows
  const sorted = sortRows(found, columns, sort)
  const acts = href !== undefined || onOpen !== undefined || expand !== undefined

  const open = (row: T) => {
    if (expand) toggle(rowKey(row))
    else onOpen?.(row)
  }
  const clickRow = (event: MouseEvent<HTMLTableRowElement>, row: T) => {
    const target = event.target as HTMLElement
    // The row's own controls handle their clicks, and selecting text is not a click.
    if (target.closest('a, button, input, label') || window.getSelection()?.toString()) return
    if (href) event.currentTarget.querySelector<HTMLAnchorElement>('a[data-row-control]')?.click()
    else open(row)
  }

  return (
    <div className={classes.wrap} data-dense={dense || undefined}>
      {findBy && (rows.length > 50 || search !== '') && (
        <Group gap="xs" mb="sm">
          <SearchField label={`Search ${label.toLowerCase()}`} urlKey={`${urlPrefix}search`} />
          <Text size="xs" c="dimmed" role="status">
            {search && `${found.length} of ${rows.length}`}
          </Text>
        </Group>
      )}
      <TableOrder label={label} columns={columns} sort={sort} onSort={setSort} />
      <div className={classes.scroll}>
        <table className={classes.table} aria-label={label}>
          <thead>
            <tr>
              {columns.map((column) => (
                <HeaderCell key={column.key} column={column} sort={sort} onSort={setSort} />
              ))}
            </tr>
          </thead>
          <tbody onKeyDown={moveByArrows}>
            {sorted.map((row) => {
              const key = rowKey(row)
              const isOpen = expand !== undefined && expanded.includes(key)
              return (
                <Fragment key={key}>
                  <tr
                    className={classes.row}
                    data-acts={acts || undefined}
                    data-open={isOpen || undefined}
                    onClick={acts ? (event) => clickRow(event, row) : undefined}
                  >
                    {columns.map((column, index) => (
                      <td
                        key={column.key}
                        data-label={column.label ?? (typeof column.title === 'string' ? column.title : column.key)}
                        data-align={column.align}
                        data-narrow={column.narrow}
                        data-one-line={column.oneLine || undefined}
                        data-main={index === 0 || undefined}
                      >
                        {index === 0 ? (
                          <MainCell
                            href={href?.(row)}
                            onOpen={onOpen || expand ? () => open(row) : undefined}
                            expanded={expand ? isOpen : undefined}
                          >
                            {column.cell(row)}
                          </MainCell>
                        ) : (
                          column.cell(row)
                        )}
                      </td>
                    ))}
                  </tr>
                  {isOpen && (
                    <tr className={classes.unfolded}>
                      <td colSpan={columns.length}>{expand(row)}</td>
                    </tr>
                  )}
                </Fragment>
              )
            })}
          </tbody>
        </table>
      </div>
      {nextCursor !== undefined && <Pages nextCursor={nextCursor} urlPrefix={urlPrefix} />}
    </div>
  )
}

function HeaderCell<T>({
  column,
  sort,
  onSort,
}: {
  column: Column<T>
  sort: Sort | null
  onSort: (sort: Sort) => void
}) {
  const active = sort?.by === column.key ? sort : null
  // People look for the largest numbers, and for names from A on.
  const first = column.align === 'right' ? 'desc' : 'asc'
  const Arrow = (active?.direction ?? first) === 'desc' ? IconArrowDown : IconArrowUp
  return (
    <th
      scope="col"
      data-align={column.align}
      style={{ width: column.width }}
      aria-sort={active ? (active.direction === 'desc' ? 'descending' : 'ascending') : undefined}
    >
      {column.sort && typeof column.title === 'string' ? (
        <button type="button" className={classes.sort} onClick={() => onSort(nextSort(sort, column.key, first))}>
          {column.title}
          <Arrow size={13} className={classes.arrow} data-active={active !== null || undefined} />
        </button>
      ) : (
        column.title
      )}
    </th>
  )
}

function MainCell({
  href,
  onOpen,
  expanded,
  children,
}: {
  href: string | undefined
  onOpen: (() => void) | undefined
  expanded: boolean | undefined
  children: ReactNode
}) {
  if (href) {
    return (
      <Link className={classes.control} data-row-control href={href}>
        {children}
      </Link>
    )
  }
  if (!onOpen) return children
  return (
    <button type="button" className={classes.control} data-row-control aria-expanded={expanded} onClick={onOpen}>
      {expanded !== undefined && <IconChevronRight size={14} className={classes.chevron} />}
      {children}
    </button>
  )
}

/** Arrow keys, Home and End move the focus over the rows' controls. */
function moveByArrows(event: KeyboardEvent<HTMLElement>) {
  const current = (event.target as HTMLElement).closest('[data-row-control]')
  if (!current) return
  const controls = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-row-control]')]
  const at = controls.indexOf(current as HTMLElement)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: controls.length - 1 }[event.key]
  if (to === undefined) return
  event.preventDefault()
  controls[Math.min(controls.length - 1, Math.max(0, to))]?.focus()
}
