import type { ReactNode } from 'react'
import classes from './PageHeader.module.css'

/** The top of every page: its title, one sentence about its state, and the primary action at the right. */
export function PageHeader({
  title,
  sentence,
  action,
}: {
  title: ReactNode
  sentence?: ReactNode
  action?: ReactNode
}) {
  return (
    <header className={classes.header}>
      <div className={classes.words}>
        <h1 className={classes.title}>{title}</h1>
        <div className={classes.sentence}>{sentence}</div>
      </div>
      {action && <div className={classes.action}>{action}</div>}
    </header>
  )
}
