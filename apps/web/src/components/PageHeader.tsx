import type { ReactNode } from 'react'
import classes from './PageHeader.module.css'

/** Top of every page: its title, one sentence of state under it, the primary action at the right. */
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
