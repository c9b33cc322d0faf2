'use client'

import { useQuery } from '@tanstack/react-query'
import { Notice } from '../../components/Notice.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import text from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import classes from './Notifications.module.css'
import { isOnItsWay, type Receiver, testOutcome } from './notifications.ts'

/** Follows the test that the URL names until the receiver answered it, so that a link shows its outcome. */
export function TestOutcome({ receivers }: { receivers: readonly Receiver[] }) {
  const { get, set } = useUrlParams()
  const [subject, receiverId] = [get('test'), get('tested')]
  if (!subject) return null
  const name = receivers.find(({ id }) => id === receiverId)?.name ?? 'the receiver'
  return (
    <Notice title={`Test of ${name}`} onDismiss={() => set({ test: null, tested: null })}>
      <Outcome key={subject} subject={subject} />
    </Notice>
  )
}

function Outcome({ subject }: { subject: string }) {
  const trpc = useTRPC()
  const { data, error } = useQuery(
    trpc.notification.messages.queryOptions(
      { subject, pageSize: 10 },
      { refetchInterval: ({ state }) => (state.data?.items.every((one) => !isOnItsWay(one)) ? false : 1_000) },
    ),
  )
  const outcome = data && testOutcome(data.items)
  if (!data && error) return <ErrorState error={error} what="Could not load the outcome of the test" />
  return (
    <div className={text.text} role="status">
      {outcome === null && 'There is no such test any more.'}
      {outcome && (
        <>
          <Status kind={outcome.kind}>{outcome.text}</Status>
          {outcome.answer && (
            <span className={classes.answer}>
              <Words text={outcome.answer} />
            </span>
          )}
        </>
      )}
    </div>
  )
}
