'use client'

import { Button } from '@mantine/core'
import { type Fault, issuerAway } from '../lib/errors.ts'
import classes from './Standalone.module.css'

/** Shown instead of the portal when the signed-in person is unknown: the API or the issuer that renews sessions is away. */
export function Unreachable({ fault }: { fault: Fault }) {
  return (
    <main className={classes.page}>
      <h1 className={classes.title}>
        {fault.code === issuerAway.code ? 'Your session can’t be renewed now' : 'The portal can’t reach its API'}
      </h1>
      <p>{fault.sentence} Traffic is not affected: the gateways still enforce the limits that they have.</p>
      {fault.requestId && (
        <p className={classes.quiet}>
          Request <code>{fault.requestId}</code>
        </p>
      )}
      <Button onClick={() => window.location.reload()}>Try again</Button>
    </main>
  )
}
