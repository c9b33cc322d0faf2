'use client'

import { useQuery } from '@tanstack/react-query'
import { useLive } from '../../lib/live.ts'
import { useTRPC } from '../../lib/trpc/client.ts'

/** The fleet comes with every heartbeat, each second or so. */
export const freshForMs = 15_000

/** The fleet, by server-sent events; asked every few seconds while these fail. */
export function useFleet() {
  const trpc = useTRPC()
  const { pollMs } = useLive(
    (on) => trpc.gateway.fleetLive.subscriptionOptions(undefined, on),
    trpc.gateway.fleet.queryKey(),
  )
  return useQuery(trpc.gateway.fleet.queryOptions(undefined, { refetchInterval: pollMs }))
}
