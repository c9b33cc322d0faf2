import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Seen, Step } from './propagationSteps.ts'

/** A tenant follows its own revision, or a change of its readers' tokens. */
export type Followed = { revision: number } | { readerChange: number }

/** A change that was made in this page. */
type OwnChange = {
  /** When the person pressed the button, by the browser's clock. */
  pressedAtMs: number
  /** What changed, in words. */
  title: string
  seen: Seen
}

const keyOf = (followed: Followed) => ['own change', followed]

/** Remembers a change for as long as the page stays. The cache is the tenant's. */
export const rememberChange = (queryClient: QueryClient, followed: Followed, change: Omit<OwnChange, 'seen'>) =>
  queryClient.setQueryData<OwnChange>(keyOf(followed), { ...change, seen: {} })

/** The change, if it was made in this page. */
export const useOwnChange = (followed: Followed) => useQueryClient().getQueryData<OwnChange>(keyOf(followed))

/** When this page first showed each finished step; undefined if the change was not made in it. */
export function useSeen(followed: Followed, steps: readonly Step[]): Seen | undefined {
  const queryClient = useQueryClient()
  const own = useOwnChange(followed)
  const [seen, setSeen] = useState(own?.seen)
  const key = JSON.stringify(keyOf(followed))
  const done = steps
    .filter((step) => step.state === 'done')
    .map((step) => step.key)
    .join('\n')
  // Runs after the steps are on the screen.
  useEffect(() => {
    const queryKey = JSON.parse(key) as ReturnType<typeof keyOf>
    const known = queryClient.getQueryData<OwnChange>(queryKey)
    if (!known) return
    const sinceMs = Math.max(0, Date.now() - known.pressedAtMs)
    const next = { ...Object.fromEntries(done.split('\n').map((step) => [step, sinceMs])), ...known.seen }
    queryClient.setQueryData<OwnChange>(queryKey, { ...known, seen: next })
    setSeen(next)
  }, [queryClient, key, done])
  return own && (seen ?? {})
}
