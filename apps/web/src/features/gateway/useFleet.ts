'use client'

import { useQuery } from '@tanstack/react-query'
import { useLive } from '../../lib/live.ts'
import { useTRPC } from '../../lib/trpc/client.ts'

/** The API sends the fleet with every heartbeat, about once a second. Older data is stale. */
export const freshForMs = 15_000

/** The fleet, from server-sent events; polled every few seconds while these fail. */
export function useFleet() {
  const trpc = useTRPC()
  const { pollMs } = useLive(
    (on) => trpc.gateway.fleetLive.subscriptionOptions(undefined, on),
    trpc.gateway.fleet.queryKey(),
  )
  return useQuery(trpc.gateway.fleet.queryOptions(undefined, { refetchInterval: pollMs }))
}
