'use client'

import { Button } from '@mantine/core'
import { usePathname } from 'next/navigation'
import { useEffect } from 'react'
import { Link } from '../components/Link.tsx'
import { noteMissingTenant } from './missingTenant.ts'
import { tenantOfPath } from './navigation.ts'
import classes from './Standalone.module.css'

/** One page for both: what does not exist, and what this person may not see. */
export function NotFound() {
  const tenantId = tenantOfPath(usePathname())
  useEffect(() => {
    noteMissingTenant(tenantId)
    return () => noteMissingTenant(null)
  }, [tenantId])
  return (
    <section className={classes.inFrame}>
      <h1 className={classes.title}>Not found</h1>
      <p>This page does not exist, or it belongs to a tenant for which you have no role.</p>
      <div className={classes.actions}>
        <Button component={Link} href="/">
          Go to the overview
        </Button>
      </div>
    </section>
  )
}
