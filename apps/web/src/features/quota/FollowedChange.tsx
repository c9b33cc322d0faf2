'use client'

import { useQuery } from '@tanstack/react-query'
import { limitDefinitions } from '@tickwatch/policy'
import { limitText } from '../../components/LimitChanges.tsx'
import { Notice } from '../../components/Notice.tsx'
import { formatInteger } from '../../lib/format.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { FollowedPropagation } from '../policy/Propagation.tsx'
import { historyInput } from './inputs.ts'

/** Follows the change that was just made, to the gateways or to an approver. The URL names it, so a link shows it. */
export function FollowedChange() {
  const { get, set } = useUrlParams()
  const revision = Number(get('follow'))
  if (Number.isSafeInteger(revision) && revision > 0) {
    return <Applied key={revision} revision={revision} onDismiss={() => set({ follow: null })} />
  }
  const asked = get('asked')
  return asked ? <Asked id={asked} onDismiss={() => set({ asked: null })} /> : null
}

function Applied({ revision, onDismiss }: { revision: number; onDismiss: () => void }) {
  const trpc = useTRPC()
  const { data } = useQuery(trpc.quota.history.queryOptions(historyInput(null)))
  const change = data?.items.find((item) => item.revision === revision)
  const words = change?.changes
    .map((c) => `${limitDefinitions[c.limit].title} ${formatInteger(c.from)} → ${limitText(c.limit, c.to)}`)
    .join(', ')
  return (
    <Notice title={words ?? `Change ${revision}`} onDismiss={onDismiss}>
      <FollowedPropagation followed={{ revision }} />
    </Notice>
  )
}

function Asked({ id, onDismiss }: { id: string; onDismiss: () => void }) {
  const trpc = useTRPC()
  const { data } = useQuery(trpc.quota.current.queryOptions())
  const request = data?.pending.find((p) => p.id === id)
  if (data && !request) {
    return (
      <Notice title="Your request was decided or withdrawn" onDismiss={onDismiss}>
        <p>The history below shows the result.</p>
      </Notice>
    )
  }
  return (
    <Notice title="Your request waits for a platform approver" onDismiss={onDismiss}>
      <p role="status">
        Nothing has changed yet. Another person decides. Until then the request is below, under pending changes.
      </p>
    </Notice>
  )
}
