'use client'

import { PageError } from '../../frame/PageError.tsx'

export default function Page({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return <PageError digest={error.digest} onRetry={reset} />
}
