'use client'

import { TextInput } from '@mantine/core'
import { formatDateTime, type Zone } from '../lib/format.ts'
import { useZone } from '../lib/timeZone.ts'
import classes from './NumberField.module.css'

/**
 * A field for a time, in the person's zone. The browser writes the time as its own language does, so the line below has
 * it as the rest of the portal writes it.
 * @param atMs milliseconds since the epoch; NaN while the field has none.
 */
export function TimeField({
  label,
  atMs,
  fault = null,
  autoFocus = false,
  onChange,
}: {
  label: string
  atMs: number
  fault?: string | null
  autoFocus?: boolean
  onChange: (atMs: number) => void
}) {
  const [zone] = useZone()
  const known = Number.isFinite(atMs)
  return (
    <TextInput
      type="datetime-local"
      label={`${label}, ${zone === 'UTC' ? 'UTC' : 'your time zone'}`}
      value={known ? toInput(atMs, zone) : ''}
      error={fault}
      success={known && `= ${formatDateTime(atMs, zone)}`}
      withSuccessStyles={false}
      classNames={{ success: classes.reading }}
      onChange={(event) => onChange(fromInput(event.currentTarget.value, zone))}
      data-autofocus={autoFocus || undefined}
    />
  )
}

/** The value of a datetime-local field for a time, in `zone`. */
export function toInput(atMs: number, zone: Zone): string {
  const offsetMs = zone === 'UTC' ? 0 : new Date(atMs).getTimezoneOffset() * 60_000
  return new Date(atMs - offsetMs).toISOString().slice(0, 16)
}

/** The time that a datetime-local field holds, in `zone`; NaN if it is empty or invalid. */
export const fromInput = (text: string, zone: Zone): number => Date.parse(zone === 'UTC' ? `${text}Z` : text)
