'use client'

import { Textarea } from '@mantine/core'
import type { ReactNode } from 'react'

/** The reason of a change. History and the audit log show it. */
export function ReasonField({
  value,
  onChange,
  fault,
  label = 'Reason',
  description = 'Shown with the change in history and in the audit log.',
}: {
  value: string
  onChange: (value: string) => void
  /** Shown after the person tried to submit. */
  fault: string | null
  label?: string
  description?: ReactNode
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
