import type { ReactNode } from 'react'
import classes from './text.module.css'

/** The box that says, before a person presses the button, what it will do. */
export function WhatThisWillDo({ children }: { children: ReactNode }) {
  return (
    <div className={classes.box}>
      <h3 className={classes.label}>What this will do</h3>
      {children}
    </div>
  )
}
