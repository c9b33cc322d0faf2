'use client'

import { Button } from '@mantine/core'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useEffect } from 'react'
import { noteMissingTenant } from './missingTenant.ts'
import { tenantOfPath } from './navigation.ts'
import classes from './Standalone.module.css'

/** For what does not exist and for what this person may not know to exist, alike. */
export function NotFound() {
  const tenantId = tenantOfPath(usePathname())
  useEffect(() => {
    noteMissingTenant(tenantId)
    return () => noteMissingTenant(null)
  }, [tenantId])
  return (
    <section className={classes.inFrame}>
      <h1 className={classes.title}>Not found</h1>
      <p>There is nothing here, or it belongs to a tenant that you have no role for.</p>
      <div className={classes.actions}>
        <Button component={Link} href="/">
          Go to the overview
        </Button>
      </div>
    </section>
  )
}
