'use client'

import { TextInput } from '@mantine/core'
import { formatInteger } from '../lib/format.ts'
import classes from './NumberField.module.css'

/**
 * A field for a whole number, read with `lib/numberInput.ts`. It keeps what the person typed, and says below how it was
 * read, or why it can't be.
 * @param value how `text` was read; null if it can't be.
 * @param fault why this can't be sent, as a sentence; `true` if another field says it.
 * @param hideLabel for a table, whose heads are the labels.
 */
export function NumberField({
  label,
  hideLabel = false,
  description,
  unit,
  text,
  value,
  fault,
  autoFocus = false,
  onChange,
}: {
  label: string
  hideLabel?: boolean
  description?: string
  unit: string
  text: string
  value: number | null
  fault: string | boolean | null
  autoFocus?: boolean
  onChange: (text: string) => void
}) {
  const shown = value === null ? '' : formatInteger(value)
  const names = hideLabel ? { 'aria-label': label, size: 'xs' } : { label, description }
  const inside = hideLabel
    ? {}
    : { rightSection: <span aria-hidden="true">{unit}</span>, rightSectionWidth: Math.max(56, unit.length * 9) }
  return (
    <TextInput
      {...names}
      {...inside}
      value={text}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={fault}
      success={value !== null && text.trim() !== shown && `= ${shown} ${unit}`}
      withSuccessStyles={false}
      classNames={{ success: classes.reading, error: classes.fault }}
      autoComplete="off"
      spellCheck={false}
      data-autofocus={autoFocus || undefined}
    />
  )
}
