'use client'

import { Button } from '@mantine/core'
import { type Fault, issuerAway } from '../lib/errors.ts'
import classes from './Standalone.module.css'

type Words = { title: string; sentence: string }

/** By the fault's code. */
const known: Readonly<Record<string, Words>> = {
  [issuerAway.code]: { title: 'Your session can’t be renewed now', sentence: issuerAway.sentence },
  'database-unavailable': {
    title: 'The control plane’s database does not answer',
    sentence: 'The portal can show and change nothing until it does.',
  },
}

/**
 * Shown instead of the portal when the signed-in person is unknown: the API, its database, or the issuer that renews
 * sessions is away.
 */
export function Unreachable({ fault }: { fault: Fault }) {
  const { title, sentence } = known[fault.code] ?? {
    title: 'The portal can’t reach its API',
    sentence: fault.sentence,
  }
  return (
    <main className={classes.page}>
      <h1 className={classes.title}>{title}</h1>
      <p>{sentence} Traffic is not affected: the gateways still enforce the limits that they have.</p>
      {fault.requestId && (
        <p className={classes.quiet}>
          Request <code>{fault.requestId}</code>
        </p>
      )}
      <Button onClick={() => window.location.reload()}>Try again</Button>
    </main>
  )
}
