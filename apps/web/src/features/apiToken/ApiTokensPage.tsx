'use client'

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Copyable } from '../../components/Copyable.tsx'
import { Locked } from '../../components/Locked.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { RoleHolders } from '../../components/RoleHolders.tsx'
import { Section } from '../../components/Section.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { useCan } from '../../lib/me.tsx'
import { serverNow, useNow } from '../../lib/now.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { TokenTable } from './ApiTokenTable.tsx'
import { type ApiToken, alertmanagerReceiver, isLive, tokensSentence } from './apiTokens.ts'

// The drawer and the dialog load their code when they are first opened.
const CreateApiToken = dynamic(() => import('./CreateApiToken.tsx').then((m) => m.CreateApiToken), { ssr: false })
const RevokeApiToken = dynamic(() => import('./RevokeApiToken.tsx').then((m) => m.RevokeApiToken), { ssr: false })

/** `/api-tokens`: the programs that may call the API, and the links to the status page. */
export function ApiTokensPage() {
  const trpc = useTRPC()
  const { get, set } = useUrlParams()
  const mayManage = useCan('api-token:manage')
  const [revoking, setRevoking] = useState<ApiToken | null>(null)
  const now = useNow(10_000)
  const nowMs = now || serverNow()
  const tokens = useQuery(trpc.apiToken.list.queryOptions(undefined, { refetchInterval: 15_000 }))
  const items = tokens.data?.items ?? []
  const live = items.filter((token) => isLive(token, nowMs))
  const ended = items.filter((token) => !isLive(token, nowMs))
  const full = tokens.data !== undefined && live.length >= tokens.data.liveMax
  const openForm = () => set({ new: '1' })
  const sentence = tokensSentence(items, nowMs)
  return (
    <>
      <PageHeader
        title="API tokens"
        sentence={
          tokens.data && (sentence.kind ? <Status kind={sentence.kind}>{sentence.text}</Status> : sentence.text)
        }
        action={
          !mayManage ? (
            <Locked>
              To create and revoke tokens you need the role platform admin.
              <RoleHolders permission="api-token:manage" />
            </Locked>
          ) : full ? (
            <Locked>At most {tokens.data.liveMax} tokens can be live. Revoke one to create another.</Locked>
          ) : (
            <Button onClick={openForm}>Create a token</Button>
          )
        }
      />
      <QueryView query={tokens} what="the API tokens" skeleton={<SkeletonRows rows={4} />}>
        {() =>
          live.length === 0 ? (
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
              A token lets a program, such as an Alertmanager of yours, call the API for what its scope says, or a
              person open the status page with a link. This list will show who created each token, when it was used and
              when it expires.
            </EmptyState>
          ) : (
            <TokenTable label="Live tokens" tokens={live} onRevoke={mayManage ? setRevoking : null} />
          )
        }
      </QueryView>
      {ended.length > 0 && (
        <Section title="Revoked and expired">
          <TokenTable label="Revoked and expired tokens" tokens={ended} onRevoke={null} urlPrefix="ended-" />
        </Section>
      )}
      <Section
        title="Share the status page"
        sentence="A link shows the status page to people who have no account. Each link is a token: give each its own, so that each can be revoked alone."
      >
        {mayManage && !full && (
          <Button variant="default" size="compact-sm" onClick={() => set({ new: 'link' })}>
            Create a link
          </Button>
        )}
      </Section>
      <Section
        title="Send alerts from another Alertmanager"
        sentence="Put the token into a file that only Alertmanager can read, and add this receiver to its configuration."
      >
        <Copyable label="Alertmanager" text={alertmanagerReceiver} />
      </Section>
      {revoking && <RevokeApiToken token={revoking} onClose={() => setRevoking(null)} />}
      {mayManage && get('new') && (
        <CreateApiToken
          taken={live.map(({ name }) => name)}
          isLink={get('new') === 'link'}
          onClose={() => set({ new: null })}
        />
      )}
    </>
  )
}
