'use client'

import { Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { type TermName, terms } from '../lib/terms.ts'
import classes from './text.module.css'

/** A term of the field with its explanation on hover, focus and touch: dotted underline. */
export function Term({ name, children }: { name: TermName; children?: ReactNode }) {
  return (
    <Tooltip
      label={terms[name]}
      multiline
      w={280}
      withArrow
      openDelay={150}
      events={{ hover: true, focus: true, touch: true }}
    >
      <button type="button" className={classes.term}>
        {children ?? name}
      </button>
    </Tooltip>
  )
}
