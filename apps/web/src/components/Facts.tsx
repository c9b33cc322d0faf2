import type { ReactNode } from 'react'
import classes from './Facts.module.css'

/** A row of named values: the label above, the value below. */
export function Facts({ facts }: { facts: readonly { label: ReactNode; value: ReactNode; key: string }[] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(({ key, label, value }) => (
        <div key={key}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
