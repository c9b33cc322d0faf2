'use client'

import { useQuery } from '@tanstack/react-query'
import { useLive } from '../../lib/live.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { withLiveFigures } from './usage.ts'

type UsageNow = Outputs['usage']['now']

/** A tenant's use against its limits, from server-sent events; polled every few seconds while these fail. */
export function useUsage() {
  const trpc = useTRPC()
  const { pollMs } = useLive(
    (on) => trpc.usage.live.subscriptionOptions(undefined, on),
    trpc.usage.now.queryKey(),
    (event, before: UsageNow | undefined) => before && withLiveFigures(before, event),
  )
  return useQuery(
    trpc.usage.now.queryOptions(undefined, {
      // The stream updates the figures. Those from AMP (24 h, p99) are loaded again each minute.
      refetchInterval: pollMs === false ? 60_000 : pollMs,
      trpc: alone,
    }),
  )
}
