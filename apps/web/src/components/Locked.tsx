import { IconLock } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import classes from './Locked.module.css'

/** Shown instead of an action: why this person can't take it. */
export function Locked({ children }: { children: ReactNode }) {
  return (
    <p className={classes.locked}>
      <IconLock size={15} aria-hidden /> <span>{children}</span>
    </p>
  )
}
