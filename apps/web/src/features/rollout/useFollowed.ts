'use client'

import { useDocumentVisibility } from '@mantine/hooks'
import { useQueryClient } from '@tanstack/react-query'
import { useSubscription } from '@trpc/tanstack-react-query'
import { useTRPC } from '../../lib/trpc/client.ts'

/** How often a page polls while the stream is down. */
const askEveryMs = 5_000

/**
 * Asks again for all of a rollout that the page shows, as soon as the API says that it changed. A hidden tab closes its
 * stream, because browsers allow six connections for all tabs.
 * @returns `pollMs` for each query's `refetchInterval`: false while the stream runs
 */
export function useFollowed(number: number): { pollMs: number | false } {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const enabled = useDocumentVisibility() === 'visible'
  const { status } = useSubscription(
    trpc.rollout.live.subscriptionOptions(
      { number },
      { enabled, onData: () => void queryClient.invalidateQueries({ queryKey: trpc.rollout.pathKey() }) },
    ),
  )
  return { pollMs: status === 'pending' ? false : askEveryMs }
}
