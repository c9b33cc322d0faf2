'use client'

import { useUrlParams } from '../lib/urlState.ts'
import classes from './Pages.module.css'

/**
 * Moves through the pages of a list whose cursor is in the URL. Draws nothing if the list fits on one page.
 * @param nextCursor null on the last page.
 */
export function Pages({ nextCursor, urlPrefix = '' }: { nextCursor: string | null; urlPrefix?: string }) {
  const { get, set } = useUrlParams()
  const key = `${urlPrefix}cursor`
  if (!nextCursor && !get(key)) return null
  return (
    <nav className={classes.pages} aria-label="Pages">
      {get(key) ? (
        <button type="button" className={classes.page} onClick={() => set({ [key]: null })}>
          First page
        </button>
      ) : null}
      {nextCursor ? (
        <button type="button" className={classes.page} onClick={() => set({ [key]: nextCursor })}>
          Next page
        </button>
      ) : (
        <span className={classes.last}>This is the last page.</span>
      )}
    </nav>
  )
}
