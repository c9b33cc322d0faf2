'use client'

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { Link } from '../../components/Link.tsx'
import { Locked } from '../../components/Locked.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { RoleHolders } from '../../components/RoleHolders.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import classes from '../../components/text.module.css'
import { useCan } from '../../lib/me.tsx'
import { serverNow, useNow } from '../../lib/now.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { notificationsSentence, type Receiver, type Route } from './notifications.ts'
import { Outbox } from './Outbox.tsx'
import { ReceiverTable } from './ReceiverTable.tsx'
import { Routes } from './Routes.tsx'
import { TestOutcome } from './TestOutcome.tsx'

// The drawers and the dialog load their code when they are first opened.
const ReceiverForm = dynamic(() => import('./ReceiverForm.tsx').then((m) => m.ReceiverForm), { ssr: false })
const RemoveReceiver = dynamic(() => import('./RemoveReceiver.tsx').then((m) => m.RemoveReceiver), { ssr: false })

/** `/notifications`: where notifications go, whether they arrive, and what to do about those that did not. */
export function NotificationsPage() {
  const trpc = useTRPC()
  const { get, set } = useUrlParams()
  const mayManage = useCan('notification:manage')
  const maySeeTokens = useCan('api-token:read')
  const receivers = useQuery(
    trpc.notification.receivers.queryOptions(undefined, {
      refetchInterval: ({ state }) => (state.data?.items.some(({ waiting }) => waiting > 0) ? 2_000 : 10_000),
    }),
  )
  const routes = useQuery(trpc.notification.routes.queryOptions(undefined, { refetchInterval: 30_000 }))
  const items = receivers.data?.items ?? []
  const full = receivers.data !== undefined && items.length >= receivers.data.receiversMax
  const byId = (id: string | null) => items.find((one) => one.id === id) ?? null
  const [changed, removed] = [byId(get('receiver')), byId(get('remove'))]
  return (
    <>
      <PageHeader
        title="Notifications"
        sentence={receivers.data && routes.data && <Sentence receivers={items} routes={routes.data.routes} />}
        action={
          !mayManage ? (
            <Locked>
              To change or test this you need the role platform admin.
              <RoleHolders permission="notification:manage" />
            </Locked>
          ) : full ? (
            <Locked>There can be at most {receivers.data.receiversMax} receivers. Remove one to add another.</Locked>
          ) : (
            <Button onClick={() => set({ receiver: 'new' })}>Add a receiver</Button>
          )
        }
      />
      <TestOutcome receivers={items} />
      <QueryView query={receivers} what="the receivers" skeleton={<SkeletonRows rows={4} />}>
        {() =>
          items.length === 0 ? (
            <EmptyState
              title="No receiver"
              action={
                mayManage && (
                  <Button size="compact-sm" variant="default" onClick={() => set({ receiver: 'new' })}>
                    Add a receiver
                  </Button>
                )
              }
            >
              A receiver is a PagerDuty service, a Slack channel, a webhook or mail addresses. This list will show what
              it got last, and its answer. Without one, notices are only in the portal’s bell.
            </EmptyState>
          ) : (
            <ReceiverTable receivers={items} mayManage={mayManage} />
          )
        }
      </QueryView>
      <Routes query={routes} receivers={items} mayManage={mayManage} />
      <Outbox receivers={items} mayManage={mayManage} />
      {maySeeTokens && (
        <p className={`${classes.text} ${classes.dimmed}`} style={{ marginTop: 32 }}>
          Does another Alertmanager send alerts to Tickwatch? It needs one of the{' '}
          <Link href="/api-tokens">API tokens</Link>.
        </p>
      )}
      {mayManage && receivers.data && (get('receiver') === 'new' || changed) && (
        <ReceiverForm
          key={get('receiver')}
          receiver={changed}
          mailIsSetUp={receivers.data.mailIsSetUp}
          onClose={() => set({ receiver: null })}
        />
      )}
      {mayManage && removed && <RemoveReceiver receiver={removed} onClose={() => set({ remove: null })} />}
    </>
  )
}

function Sentence({ receivers, routes }: { receivers: readonly Receiver[]; routes: readonly Route[] }) {
  const now = useNow(2_000)
  const { kind, text } = notificationsSentence(receivers, routes, now || serverNow())
  return <Status kind={kind}>{text}</Status>
}
