import { type ReactNode, useId } from 'react'
import classes from './Section.module.css'

/** A part of a page with its heading. Space separates it from other parts, not a box. */
export function Section({
  title,
  sentence,
  action,
  children,
}: {
  title: ReactNode
  sentence?: ReactNode
  action?: ReactNode
  children: ReactNode
}) {
  const id = useId()
  return (
    <section className={classes.section} aria-labelledby={id}>
      <div className={classes.head}>
        <div>
          <h2 id={id} className={classes.title}>
            {title}
          </h2>
          {sentence && <p className={classes.sentence}>{sentence}</p>}
        </div>
        {action}
      </div>
      {children}
    </section>
  )
}
