'use client'

import { Button } from '@mantine/core'
import classes from './Standalone.module.css'

/** A page that failed to render; the frame around it stays. */
export function PageError({ digest, onRetry }: { digest: string | undefined; onRetry: () => void }) {
  return (
    <section className={classes.inFrame} role="alert">
      <h1 className={classes.title}>This page failed to show</h1>
      <p>Nothing was changed, and traffic is not affected. Show it again; if it fails again, tell the platform team.</p>
      {digest && (
        <p className={classes.quiet}>
          Reference <code>{digest}</code>
        </p>
      )}
      <Button onClick={onRetry}>Show it again</Button>
    </section>
  )
}
