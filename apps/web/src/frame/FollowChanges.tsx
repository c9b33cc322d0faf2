'use client'

import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useLive } from '../lib/live.ts'
import { invalidateEverywhere } from '../lib/queryClient.ts'
import { type Outputs, useTRPC } from '../lib/trpc/client.ts'
import { changedOf } from './changed.ts'

type Counts = Outputs['session']['changes']

/**
 * Lets the page ask again for notices, incidents and SLOs as soon as one changed. One stream for all of them, because a
 * browser allows few connections.
 */
export function FollowChanges() {
  const trpc = useTRPC()
  const { pollMs } = useLive(
    (on) => trpc.session.changesLive.subscriptionOptions(undefined, on),
    trpc.session.changes.queryKey(),
  )
  const { data } = useQuery(trpc.session.changes.queryOptions(undefined, { refetchInterval: pollMs }))
  const before = useRef<Counts | undefined>(data)
  useEffect(() => {
    const keys = {
      notices: [trpc.notice.list.queryKey()],
      incidents: [trpc.incident.pathKey()],
      slos: [trpc.sloReads.list.queryKey(), trpc.sloReads.get.queryKey()],
    }
    for (const what of changedOf(before.current, data)) {
      // The page of a tenant is inside another scope than the frame.
      for (const queryKey of keys[what]) invalidateEverywhere(queryKey)
    }
    before.current = data
  }, [trpc, data])
  return null
}
