'use client'

import type { ReactNode } from 'react'
import { type TermName, terms } from '../lib/terms.ts'
import { Hint } from './Hint.tsx'
import classes from './text.module.css'

/** A term of the field with its explanation on hover, focus and touch: dotted underline. */
export function Term({ name, children }: { name: TermName; children?: ReactNode }) {
  return <Explained words={terms[name]}>{children ?? name}</Explained>
}

/** Anything with its explanation, shown as a {@link Term} is. */
export function Explained({ words, children }: { words: string; children: ReactNode }) {
  return (
    <Hint label={words}>
      <button type="button" className={classes.term}>
        {children}
      </button>
    </Hint>
  )
}
