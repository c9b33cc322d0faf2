'use client'

import { Button } from '@mantine/core'
import Link from 'next/link'
import classes from './Standalone.module.css'

/** For what does not exist and for what this person may not know to exist, alike. */
export function NotFound() {
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
