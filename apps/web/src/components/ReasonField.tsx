'use client'

import { Textarea } from '@mantine/core'

/** The reason that every change carries into history and audit log. */
export function ReasonField({
  value,
  onChange,
  fault,
  label = 'Reason',
  description = 'Stays with the change, in history and audit log.',
}: {
  value: string
  onChange: (value: string) => void
  /** Shown once the person tried to send it. */
  fault: string | null
  label?: string
  description?: string
}) {
  return (
    <Textarea
      label={label}
      description={description}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={fault}
      autosize
      minRows={2}
      maxRows={6}
      aria-required
    />
  )
}
