'use client'

import { Button } from '@mantine/core'
import { signIn } from 'next-auth/react'
import { useState } from 'react'
import { IconAlertTriangle, IconClock } from '../components/icons.tsx'
import type { Ended } from '../lib/auth/signInPath.ts'
import { Mark } from './Mark.tsx'
import classes from './Standalone.module.css'

const endedWords: Record<Ended, string> = {
  session: 'Your session has ended. Sign in to return to your page.',
  change:
    'Your session has ended, so your change was not applied. Sign in to return to your page. Limits that you were editing are still there.',
}

export function SignIn({ callbackUrl, ended, failed }: { callbackUrl: string; ended: Ended | null; failed: boolean }) {
  const [leaving, setLeaving] = useState(false)
  return (
    <main className={classes.page}>
      <Mark size={40} className={classes.mark} />
      <h1 className={classes.title}>Sign in to Tickwatch</h1>
      <p className={classes.quiet}>
        Manage quotas and approvals, and see which gateways enforce them. Everyone with a company account can see
        whether the graphs are current.
      </p>
      {ended && !failed && (
        <p className={classes.note} role="status">
          <IconClock size={18} />
          <span>{endedWords[ended]}</span>
        </p>
      )}
      {failed && (
        <p className={classes.fault} role="alert">
          <IconAlertTriangle size={18} />
          <span>
            The sign-in did not complete: it took too long, or the sign-in service refused it. Try again. If it fails
            again, ask the platform team: the portal’s log says why.
          </span>
        </p>
      )}
      <Button
        size="md"
        fullWidth
        loading={leaving}
        onClick={() => {
          setLeaving(true)
          signIn('oidc', { callbackUrl }).catch(() => setLeaving(false))
        }}
      >
        Sign in with your company account
      </Button>
    </main>
  )
}
