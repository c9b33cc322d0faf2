'use client'

import { useQuery } from '@tanstack/react-query'
import { limitDefinitions } from '@tickwatch/policy'
import { limitText } from '../../components/LimitChanges.tsx'
import { Notice } from '../../components/Notice.tsx'
import { formatInteger } from '../../lib/format.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { changesText } from '../changeRequest/request.ts'
import { FollowedPropagation } from '../policy/Propagation.tsx'
import { historyInput } from './inputs.ts'
import { RequestState } from './RequestState.tsx'

/** Follows the change that was just made, to the gateways or to an approver. The URL names it, so a link shows it. */
export function FollowedChange({ mayEdit }: { mayEdit: boolean }) {
  const { get, set } = useUrlParams()
  const revision = Number(get('follow'))
  if (Number.isSafeInteger(revision) && revision > 0) {
    return <Applied key={revision} revision={revision} onDismiss={() => set({ follow: null })} />
  }
  const asked = get('asked')
  return asked ? <Asked id={asked} mayEdit={mayEdit} onDismiss={() => set({ asked: null })} /> : null
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

function Asked({ id, mayEdit, onDismiss }: { id: string; mayEdit: boolean; onDismiss: () => void }) {
  const trpc = useTRPC()
  const { data } = useQuery(trpc.quota.request.queryOptions({ id }, { refetchInterval: 10_000 }))
  if (!data) return null
  return (
    <Notice title={changesText(data.changes)} onDismiss={onDismiss}>
      <RequestState request={data} mayEdit={mayEdit} />
    </Notice>
  )
}
