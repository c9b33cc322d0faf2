'use client'

import { Button } from '@mantine/core'
import type { Fault } from '../lib/errors.ts'
import classes from './Standalone.module.css'

/** Shown instead of the portal when the API does not accept the session, which another sign-in would not change. */
export function SessionRefused({ fault }: { fault: Fault }) {
  return (
    <main className={classes.page}>
      <h1 className={classes.title}>You are signed in, but the API does not accept it</h1>
      <p>
        {fault.sentence} Only the platform team can fix this. Traffic is not affected. Sign out to use another account.
      </p>
      {fault.requestId && (
        <p className={classes.quiet}>
          Request <code>{fault.requestId}</code>
        </p>
      )}
      <form action="/api/logout" method="post" className={classes.actions}>
        <Button type="submit">Sign out</Button>
        <Button variant="default" onClick={() => window.location.reload()}>
          Try again
        </Button>
      </form>
    </main>
  )
}
