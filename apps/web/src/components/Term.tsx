'use client'

import type { ReactNode } from 'react'
import { type TermName, terms } from '../lib/terms.ts'
import { Hint } from './Hint.tsx'
import classes from './text.module.css'

/** A technical term with a dotted underline; hover, focus and touch show its explanation. */
export function Term({ name, children }: { name: TermName; children?: ReactNode }) {
  return <Explained words={terms[name]}>{children ?? name}</Explained>
}

/** Any words with an explanation, shown like a {@link Term}. */
export function Explained({ words, children }: { words: string; children: ReactNode }) {
  return (
    <Hint label={words}>
      <button type="button" className={classes.term}>
        {children}
      </button>
    </Hint>
  )
}
