'use client'

import { Button } from '@mantine/core'
import { type Fault, issuerAway } from '../lib/errors.ts'
import classes from './Standalone.module.css'

const titles: Readonly<Record<string, string>> = {
  [issuerAway.code]: 'Your session can’t be renewed now',
  'database-unavailable': 'The control plane’s database does not answer',
}

/**
 * Shown instead of the portal when the signed-in person is unknown: the API, its database, or the issuer that renews
 * sessions is away.
 */
export function Unreachable({ fault }: { fault: Fault }) {
  return (
    <main className={classes.page}>
      <h1 className={classes.title}>{titles[fault.code] ?? 'The portal can’t reach its API'}</h1>
      <p>
        {fault.sentence} Traffic is not affected: the gateways still enforce the limits that they have. Nothing was
        changed.
      </p>
      {fault.requestId && (
        <p className={classes.quiet}>
          Request <code>{fault.requestId}</code>
        </p>
      )}
      <Button onClick={() => window.location.reload()}>Try again</Button>
    </main>
  )
}
