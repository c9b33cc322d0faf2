'use client'

import { useQuery } from '@tanstack/react-query'
import { Notice } from '../../components/Notice.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { changesText } from '../changeRequest/request.ts'
import { useOwnChange } from '../policy/ownChange.ts'
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
  const own = useOwnChange({ revision })
  const change = data?.items.find((item) => item.revision === revision)
  // A link to a change that is older than the first page of the history has no words.
  const title = own?.title ?? (change ? changesText(change.changes) : `Change ${revision}`)
  return (
    <Notice title={title} onDismiss={onDismiss}>
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
