'use client'

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useLive } from '../../lib/live.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { withLiveFigures } from './usage.ts'

type UsageNow = Outputs['usage']['now']

/**
 * A tenant's use against its limits, from server-sent events; polled every few seconds while these fail. When the limits
 * or a request for limits change, it also has the page's quota loaded again, so that a decision shows within a second.
 */
export function useUsage() {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const { pollMs } = useLive(
    (on) => trpc.usage.live.subscriptionOptions(undefined, on),
    trpc.usage.now.queryKey(),
    (event, before: UsageNow | undefined) => before && withLiveFigures(before, event),
  )
  const usage = useQuery(
    trpc.usage.now.queryOptions(undefined, {
      // The stream updates the figures. Those from AMP (24 h, p99) are loaded again each minute.
      refetchInterval: pollMs === false ? 60_000 : pollMs,
      trpc: alone,
    }),
  )
  const quota = usage.data && `${usage.data.quota.revision} ${usage.data.quota.requestsChangedAt}`
  const shown = useRef(quota)
  useEffect(() => {
    if (shown.current !== undefined && shown.current !== quota) {
      void queryClient.invalidateQueries(trpc.quota.pathFilter())
    }
    shown.current = quota
  }, [quota, queryClient, trpc])
  return usage
}
