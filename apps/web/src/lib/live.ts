'use client'

import { useDocumentVisibility } from '@mantine/hooks'
import { type QueryKey, useQueryClient } from '@tanstack/react-query'
import { useSubscription } from '@trpc/tanstack-react-query'
import { useState } from 'react'
import { createEventWriter } from './eventWriter.ts'

type SubscriptionOptions<Event, Fault> = Parameters<typeof useSubscription<Event, Fault>>[0]

/** The type of a stream's events: tRPC unwraps generators in its types. */
type Sent<Event> = Parameters<NonNullable<SubscriptionOptions<Event, unknown>['onData']>>[0]

/** How often a page polls while the stream is down. */
const askEveryMs = 5_000

/**
 * Keeps a query's data current with a subscription to the API.
 *
 * ```ts
 * const live = (on) => trpc.gateway.fleetLive.subscriptionOptions(undefined, on)
 * const { pollMs } = useLive(live, trpc.gateway.fleet.queryKey())
 * const fleet = useQuery(trpc.gateway.fleet.queryOptions(undefined, { refetchInterval: pollMs }))
 * ```
 *
 * A hidden tab closes its stream, because browsers allow six connections to an HTTP/1.1 origin for all tabs together.
 * @param merge turns an event of the stream into the query's data, if the two have different shapes.
 * @returns `pollMs` for the query's `refetchInterval`: false while the stream runs.
 */
export function useLive<Event, Fault, Data>(
  options: (on: { enabled: boolean }) => SubscriptionOptions<Event, Fault>,
  queryKey: QueryKey,
  merge?: (event: Sent<Event>, before: Data | undefined) => Data | undefined,
): { streaming: boolean; pollMs: number | false } {
  const queryClient = useQueryClient()
  const visible = useDocumentVisibility() === 'visible'
  const [write] = useState(createEventWriter)
  const subscription = useSubscription<Event, Fault>({
    ...options({ enabled: visible }),
    onData: (event) => {
      write(queryClient, queryKey, (before: Data | undefined) => (merge ? merge(event, before) : event))
    },
  })
  const streaming = subscription.status === 'pending'
  return { streaming, pollMs: streaming ? false : askEveryMs }
}
