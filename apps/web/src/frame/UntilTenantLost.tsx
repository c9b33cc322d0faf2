'use client'

import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { useLostTenant } from '../lib/lostTenant.ts'
import classes from './Standalone.module.css'

/**
 * Shows the pages of a tenant until the API no longer lets this person open it. Then every call would fail with "There
 * is no such tenant", which is not what happened.
 */
export function UntilTenantLost({ tenantId, children }: { tenantId: string; children: ReactNode }) {
  if (useLostTenant() !== tenantId) return children
  return (
    <section className={classes.inFrame} role="alert">
      <h1 className={classes.title}>You no longer have a role for {tenantId}</h1>
      <p>
        Your role was removed while this page was open. If you had just sent a change, it was not applied. If you need
        the role again, ask a platform admin.
      </p>
      <div className={classes.actions}>
        {/* Loads the page again: the navigation still shows the roles from before. */}
        <Button onClick={() => window.location.assign('/')}>Go to the overview</Button>
      </div>
    </section>
  )
}
