'use client'

import { Button } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { signIn } from 'next-auth/react'
import { useState } from 'react'
import { Mark } from './Mark.tsx'
import classes from './Standalone.module.css'

export function SignIn({ callbackUrl, failed }: { callbackUrl: string; failed: boolean }) {
  const [leaving, setLeaving] = useState(false)
  return (
    <main className={classes.page}>
      <Mark size={40} className={classes.mark} />
      <h1 className={classes.title}>Sign in to Tickwatch</h1>
      <p className={classes.quiet}>
        Manage quotas and approvals, and see which gateways enforce them. Everyone with a company account can see
        whether the graphs are current.
      </p>
      {failed && (
        <p className={classes.fault} role="alert">
          <IconAlertTriangle size={18} aria-hidden />
          <span>The sign-in did not complete; it may have taken too long. Nothing was changed. Try again.</span>
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
