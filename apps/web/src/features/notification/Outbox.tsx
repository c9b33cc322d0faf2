'use client'

import { Button, Group, SegmentedControl, VisuallyHidden } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Section.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { formatAge, plural } from '../../lib/format.ts'
import { serverNow, useNow } from '../../lib/now.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import classes from './Notifications.module.css'
import {
  isOnItsWay,
  kindNames,
  type Message,
  messageState,
  messagesInput,
  type Receiver,
  showNames,
  shows,
} from './notifications.ts'
import { SendAgain } from './SendAgain.tsx'

const columns: Column<Message>[] = [
  {
    key: 'title',
    title: 'Message',
    cell: ({ title, event }) => (
      <>
        <Words text={title} />
        {event !== 'told' && <span className={classes.answer}>{event}</span>}
      </>
    ),
  },
  {
    key: 'receiver',
    title: 'To',
    cell: ({ receiver: { kind, name } }) => (
      <>
        {kindNames[kind]} <Words text={name} />
      </>
    ),
  },
  {
    key: 'state',
    title: 'State',
    narrow: 'wide',
    cell: (message) => {
      const { kind, text } = messageState(message)
      return (
        <>
          <Status kind={kind}>{text}</Status>
          {message.nextAttemptAt && message.state === 'waiting' && message.attempts > 0 && (
            <span className={classes.answer}>
              Next attempt <Time at={message.nextAttemptAt} />
            </span>
          )}
        </>
      )
    },
  },
  {
    key: 'answer',
    title: 'Last answer',
    narrow: 'wide',
    cell: ({ lastAnswer }) => (lastAnswer ? <Words text={lastAnswer} /> : 'none yet'),
  },
  { key: 'createdAt', title: 'Queued', cell: ({ createdAt }) => <Time at={createdAt} />, align: 'right' },
]

/** Each message to each receiver, with its state and its last answer; and the button that sends one again. */
export function Outbox({ receivers, mayManage }: { receivers: readonly Receiver[]; mayManage: boolean }) {
  const trpc = useTRPC()
  const { get, set } = useUrlParams()
  const [asked, setAsked] = useState<Message | null>(null)
  const input = messagesInput(get)
  const query = useQuery(
    trpc.notification.messages.queryOptions(input, {
      placeholderData: keepPreviousData,
      refetchInterval: ({ state }) => (state.data?.items.some(isOnItsWay) ? 2_000 : 10_000),
    }),
  )
  const act: Column<Message> = {
    key: 'act',
    title: <VisuallyHidden>Decide</VisuallyHidden>,
    label: '',
    cell: (message) =>
      message.needsDecision && (
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`Send again to ${message.receiver.name}: ${message.title}`}
          onClick={() => setAsked(message)}
        >
          Send again…
        </Button>
      ),
  }
  return (
    <Section title="Outbox" sentence={<Waiting receivers={receivers} />}>
      <Group gap="xs" mb="sm">
        <SegmentedControl
          size="xs"
          aria-label="Which messages"
          data={shows.map((value) => ({ value, label: showNames[value] }))}
          value={input.show}
          onChange={(value) => set({ show: value === 'all' ? null : value, cursor: null })}
        />
      </Group>
      <QueryView query={query} what="the messages" skeleton={<SkeletonRows rows={6} />}>
        {({ items, nextCursor }) =>
          items.length === 0 ? (
            <EmptyState title={input.show === 'all' ? 'Nothing was sent yet' : 'No such message'}>
              {input.show === 'all'
                ? 'Each message that a route chose will be here, with its state and the answer of its receiver, for 90 days.'
                : 'No message of the last 90 days is in this state.'}
            </EmptyState>
          ) : (
            <DataTable
              label="Messages"
              columns={mayManage ? [...columns, act] : columns}
              rows={items}
              rowKey={({ id }) => String(id)}
              nextCursor={nextCursor}
            />
          )
        }
      </QueryView>
      {asked && <SendAgain message={asked} onClose={() => setAsked(null)} />}
    </Section>
  )
}

function Waiting({ receivers }: { receivers: readonly Receiver[] }) {
  const now = useNow(2_000)
  const waiting = receivers.reduce((sum, one) => sum + one.waiting, 0)
  const [oldest] = receivers.flatMap(({ oldestWaitingAt }) => oldestWaitingAt ?? []).toSorted()
  if (!oldest) return 'Nothing waits to be sent.'
  const age = formatAge(Math.max(0, (now || serverNow()) - Date.parse(oldest)))
  return `${plural(waiting, 'message waits', 'messages wait')}. The oldest that is not sent was queued ${age} ago.`
}
