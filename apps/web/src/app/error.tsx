'use client'

import { PageError } from '../frame/PageError.tsx'
import classes from '../frame/Standalone.module.css'

export default function Page({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main className={classes.page}>
      <PageError digest={error.digest} onRetry={reset} />
    </main>
  )
}
