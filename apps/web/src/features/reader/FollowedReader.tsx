'use client'

import { useQuery } from '@tanstack/react-query'
import { Notice } from '../../components/Notice.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { useOwnChange } from '../policy/ownChange.ts'
import { FollowedPropagation } from '../policy/Propagation.tsx'
import { endedInput } from './readers.ts'

/** Follows the change just made until the gateways enforce it. The URL names the change, so that a link shows it. */
export function FollowedReader() {
  const { get, set } = useUrlParams()
  const change = Number(get('follow'))
  if (!Number.isSafeInteger(change) || change <= 0) return null
  return <Followed key={change} change={change} onDismiss={() => set({ follow: null })} />
}

function Followed({ change, onDismiss }: { change: number; onDismiss: () => void }) {
  const trpc = useTRPC()
  const { data: live } = useQuery(trpc.reader.list.queryOptions())
  const { data: ended } = useQuery(trpc.reader.ended.queryOptions(endedInput(null)))
  const reader = [...(live?.items ?? []), ...(ended?.items ?? [])].find((one) => one.change === change)
  const own = useOwnChange({ readerChange: change })
  const words = reader ? `${reader.name} ${reader.revoked ? 'is revoked' : 'is created'}` : `Change ${change}`
  return (
    <Notice title={own?.title ?? words} onDismiss={onDismiss}>
      <FollowedPropagation followed={{ readerChange: change }} />
    </Notice>
  )
}
