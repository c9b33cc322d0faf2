'use client'

import type { ReactNode } from 'react'
import { type TermName, terms } from '../lib/terms.ts'
import { Hint } from './Hint.tsx'
import classes from './text.module.css'

/** A term of the field with its explanation on hover, focus and touch: dotted underline. */
export function Term({ name, children }: { name: TermName; children?: ReactNode }) {
  return (
    <Hint label={terms[name]}>
      <button type="button" className={classes.term}>
        {children ?? name}
      </button>
    </Hint>
  )
}
