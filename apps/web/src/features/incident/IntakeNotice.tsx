'use client'

import { useQuery } from '@tanstack/react-query'
import { Status } from '../../components/Status.tsx'
import { plural } from '../../lib/format.ts'
import { useTRPC } from '../../lib/trpc/client.ts'

/** Says what is wrong with the way on which alerts come in. Draws nothing while all is well. */
export function IntakeNotice() {
  const trpc = useTRPC()
  const { data } = useQuery(trpc.incident.intake.queryOptions(undefined, { refetchInterval: 10_000 }))
  const queue = data?.queue
  if (!queue) return null
  return (
    <>
      {queue.fault !== null && (
        <p role="status">
          <Status kind="bad">Alerts can’t be read now. {queue.fault}</Status>
        </p>
      )}
      {queue.deadLetters !== null && queue.deadLetters > 0 && (
        <p role="status">
          <Status kind="warning">
            {plural(queue.deadLetters, 'message')} about alerts could not be read. AMP was asked which alerts fire
            instead, so no alert is missing. The dead-letter queue of the alerts’ SQS queue keeps{' '}
            {queue.deadLetters === 1 ? 'it' : 'them'} for 14 days. Delete {queue.deadLetters === 1 ? 'it' : 'them'}{' '}
            there when you have looked.
          </Status>
        </p>
      )}
    </>
  )
}
