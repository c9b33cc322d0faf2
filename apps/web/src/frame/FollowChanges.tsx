'use client'

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useLive } from '../lib/live.ts'
import { type Outputs, useTRPC } from '../lib/trpc/client.ts'
import { changedOf } from './changed.ts'

type Counts = Outputs['session']['changes']

/**
 * Lets the page ask again for notices, incidents and SLOs as soon as one changed. One stream for all of them, because a
 * browser allows few connections.
 */
export function FollowChanges() {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
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
      for (const queryKey of keys[what]) void queryClient.invalidateQueries({ queryKey })
    }
    before.current = data
  }, [trpc, queryClient, data])
  return null
}
