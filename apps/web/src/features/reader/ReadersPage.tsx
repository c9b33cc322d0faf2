'use client'

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Locked } from '../../components/Locked.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { RoleHolders } from '../../components/RoleHolders.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { useCan } from '../../lib/me.tsx'
import { serverNow, useNow } from '../../lib/now.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { WhyRefused } from '../refusal/WhyRefused.tsx'
import { EndedReaders } from './EndedReaders.tsx'
import { FollowedReader } from './FollowedReader.tsx'
import { HowToQuery } from './HowToQuery.tsx'
import { LiveReaders } from './LiveReaders.tsx'
import { type Endpoint, isOnItsWay, type Reader, readersSentence } from './readers.ts'

// The drawer and the dialog load their code when they are first opened.
const CreateReader = dynamic(() => import('./CreateReader.tsx').then((m) => m.CreateReader), { ssr: false })
const RevokeReader = dynamic(() => import('./RevokeReader.tsx').then((m) => m.RevokeReader), { ssr: false })

/** `/t/<tenant>/readers`: the tokens that may query a tenant's metrics. */
export function ReadersPage({ tenantId, endpoint }: { tenantId: string; endpoint: Endpoint }) {
  const trpc = useTRPC()
  const { get, set } = useUrlParams()
  const mayManage = useCan('reader:manage', tenantId)
  const [revoking, setRevoking] = useState<Reader | null>(null)
  const readers = useQuery(
    trpc.reader.list.queryOptions(undefined, {
      refetchInterval: ({ state }) => (state.data?.items.some(isOnItsWay) ? 2_000 : 15_000),
    }),
  )
  const full = readers.data !== undefined && readers.data.items.length >= readers.data.liveMax
  const openForm = () => set({ new: '1' })
  return (
    <>
      <PageHeader
        title="Readers"
        sentence={readers.data && <Sentence tenantId={tenantId} readers={readers.data.items} />}
        action={
          !mayManage ? (
            <Locked>
              To create and revoke tokens you need the role tenant admin of {tenantId}.
              <RoleHolders permission="reader:manage" tenantId={tenantId} />
            </Locked>
          ) : full ? (
            <Locked>At most {readers.data.liveMax} tokens can be live. Revoke one to create another.</Locked>
          ) : (
            <Button onClick={openForm}>Create a token</Button>
          )
        }
      />
      <FollowedReader />
      <QueryView query={readers} what={`the readers of ${tenantId}`} skeleton={<SkeletonRows rows={4} />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              title="No live token"
              action={
                mayManage && (
                  <Button size="compact-sm" variant="default" onClick={openForm}>
                    Create a token
                  </Button>
                )
              }
            >
              A token lets a dashboard or a script query the metrics of {tenantId}, and nothing else. This list will
              show who created each token and when it expires.
            </EmptyState>
          ) : (
            <LiveReaders readers={items} onRevoke={mayManage ? setRevoking : null} />
          )
        }
      </QueryView>
      <WhyRefused queriesOnly />
      <EndedReaders />
      <HowToQuery tenantId={tenantId} endpoint={endpoint} />
      {revoking && (
        <RevokeReader
          reader={revoking}
          onClose={() => setRevoking(null)}
          onRevoked={(change) => {
            setRevoking(null)
            set({ follow: String(change) })
          }}
        />
      )}
      {mayManage && get('new') && (
        <CreateReader
          tenantId={tenantId}
          endpoint={endpoint}
          taken={readers.data?.items.map(({ name }) => name) ?? []}
          onClose={(change) => set({ new: null, ...(change === null ? {} : { follow: String(change) }) })}
        />
      )}
    </>
  )
}

function Sentence({ tenantId, readers }: { tenantId: string; readers: readonly Reader[] }) {
  const trpc = useTRPC()
  const now = useNow(10_000)
  const { data: quota } = useQuery(trpc.quota.current.queryOptions())
  if (quota?.tenant.status === 'suspended') {
    return <Status kind="bad">{tenantId} is suspended: the gateways refuse its queries.</Status>
  }
  const { kind, text } = readersSentence(tenantId, readers, now || serverNow())
  if (kind === 'calm') return text
  return <Status kind={kind}>{text}</Status>
}
