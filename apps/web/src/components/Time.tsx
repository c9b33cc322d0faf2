'use client'

import { formatDateTime, formatRelative } from '../lib/format.ts'
import { serverNow, useNow } from '../lib/now.ts'
import { useZone } from '../lib/timeZone.ts'
import classes from './text.module.css'

/**
 * A time: its age, kept up to date; hover shows the exact time with its zone.
 * @param at ISO 8601, or milliseconds since the epoch, on the API's clock.
 * @param exact shows the whole date and time instead, and the age on hover.
 */
export function Time({ at, exact = false }: { at: string | number; exact?: boolean }) {
  const atMs = typeof at === 'number' ? at : Date.parse(at)
  const [zone] = useZone()
  const now = useNow()
  const full = formatDateTime(atMs, zone)
  // The server does not know when the page is read, so the browser corrects the age at once.
  const relative = formatRelative(atMs, now || serverNow(), zone)
  return (
    <time
      className={classes.number}
      dateTime={new Date(atMs).toISOString()}
      title={now === 0 ? undefined : exact ? relative : full}
      suppressHydrationWarning
    >
      {exact ? full : relative}
    </time>
  )
}
