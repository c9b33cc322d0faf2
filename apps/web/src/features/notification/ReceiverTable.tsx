'use client'

import { Button, VisuallyHidden } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { serverNow, useNow } from '../../lib/now.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import classes from './Notifications.module.css'
import { kindNames, type Receiver, receiverState, targetOf } from './notifications.ts'

/** All receivers, with what each got last and its answer, and the test. */
export function ReceiverTable({ receivers, mayManage }: { receivers: readonly Receiver[]; mayManage: boolean }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const { set } = useUrlParams()
  const now = useNow(2_000)
  const test = useMutation(
    trpc.notification.test.mutationOptions({
      onSuccess: ({ subject }, { id }) => {
        set({ tested: id, test: subject })
        return queryClient.invalidateQueries({ queryKey: trpc.notification.pathKey() })
      },
    }),
  )
  const columns: Column<Receiver>[] = [
    { key: 'name', title: 'Receiver', cell: ({ name }) => <Words text={name} />, sort: ({ name }) => name },
    {
      key: 'kind',
      title: 'Sends to',
      narrow: 'wide',
      cell: ({ settings }) => (
        <>
          {kindNames[settings.kind]}, <Words text={targetOf(settings)} />
        </>
      ),
    },
    {
      key: 'state',
      title: 'State',
      narrow: 'wide',
      cell: (receiver) => {
        const { kind, text } = receiverState(receiver, now || serverNow())
        return (
          <>
            <Status kind={kind}>
              <Words text={text} />
            </Status>
            {receiver.pausedUntil && receiver.waiting > 0 && (
              <span className={classes.answer}>
                Next attempt <Time at={receiver.pausedUntil} />
              </span>
            )}
          </>
        )
      },
    },
    {
      key: 'last',
      title: 'Last delivery',
      narrow: 'wide',
      cell: ({ last }) =>
        last ? (
          <>
            {last.state === 'sent' ? '' : `${last.state === 'failed' ? 'failed' : 'not known'}, `}
            <Time at={last.at} />
            <span className={classes.answer}>
              <Words text={last.answer ?? 'No answer is stored.'} />
            </span>
          </>
        ) : (
          'none'
        ),
    },
    ...(mayManage
      ? [
          {
            key: 'act',
            title: <VisuallyHidden>Test or remove</VisuallyHidden>,
            label: '',
            narrow: 'wide' as const,
            cell: ({ id, name }: Receiver) => (
              <span className={classes.buttons}>
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-label={`Send a test to ${name}`}
                  loading={test.isPending && test.variables.id === id}
                  onClick={() => test.mutate({ id })}
                >
                  Send a test
                </Button>
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-label={`Remove ${name}`}
                  onClick={() => set({ remove: id })}
                >
                  Remove…
                </Button>
              </span>
            ),
          },
        ]
      : []),
  ]
  return (
    <>
      {test.error && (
        <ErrorState
          change
          error={test.error}
          what={`Could not send a test to ${receivers.find(({ id }) => id === test.variables?.id)?.name ?? 'it'}`}
        />
      )}
      <DataTable
        label="Receivers"
        columns={columns}
        rows={receivers}
        rowKey={({ id }) => id}
        {...(mayManage ? { onOpen: ({ id }: Receiver) => set({ receiver: id }) } : {})}
        defaultSort="name"
        urlPrefix="receivers-"
      />
    </>
  )
}
