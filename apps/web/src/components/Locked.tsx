import type { ReactNode } from 'react'
import { IconLock } from './icons.tsx'
import classes from './Locked.module.css'

/** Shown instead of an action: why this person can't take it. */
export function Locked({ children }: { children: ReactNode }) {
  return (
    <p className={classes.locked}>
      <IconLock size={15} /> <span>{children}</span>
    </p>
  )
}
