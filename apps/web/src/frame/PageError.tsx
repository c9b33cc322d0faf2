'use client'

import { Button } from '@mantine/core'
import classes from './Standalone.module.css'

/** Shown instead of a page that failed to render. The frame around it stays. */
export function PageError({ digest, onRetry }: { digest: string | undefined; onRetry: () => void }) {
  return (
    <section className={classes.inFrame} role="alert">
      <h1 className={classes.title}>Could not show this page</h1>
      <p>Traffic is not affected. Try again. If it fails again, report it to the platform team.</p>
      {digest && (
        <p className={classes.quiet}>
          Reference <code>{digest}</code>
        </p>
      )}
      <Button onClick={onRetry}>Try again</Button>
    </section>
  )
}
