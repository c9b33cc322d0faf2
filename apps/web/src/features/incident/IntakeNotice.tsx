'use client'

import { useQuery } from '@tanstack/react-query'
import { Status } from '../../components/Status.tsx'
import { Words } from '../../components/Words.tsx'
import { plural } from '../../lib/format.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'

type Short = NonNullable<Outputs['incident']['intake']['short']>[number]

/** Says what is wrong with the way on which alerts come in. Draws nothing while all is well. */
export function IntakeNotice() {
  const trpc = useTRPC()
  const { data } = useQuery(trpc.incident.intake.queryOptions(undefined, { refetchInterval: 10_000 }))
  if (!data) return null
  const { queue, short } = data
  return (
    <>
      {queue && queue.fault !== null && (
        <p role="status">
          <Status kind="bad">Alerts can’t be read now. {queue.fault}</Status>
        </p>
      )}
      {queue && queue.deadLetters !== null && queue.deadLetters > 0 && (
        <p role="status">
          <Status kind="warning">
            {plural(queue.deadLetters, 'message')} about alerts could not be read. AMP was asked which alerts fire
            instead, so none that still fires is missing. The dead-letter queue of the alerts’ SQS queue keeps{' '}
            {queue.deadLetters === 1 ? 'it' : 'them'} for 14 days. Delete {queue.deadLetters === 1 ? 'it' : 'them'}{' '}
            there when you have looked.
          </Status>
        </p>
      )}
      {short !== null && short.length > 0 && (
        <p>
          <Status kind="info">
            In the last 24 h {plural(short.length, 'alert')} fired for too short a time to open an incident:{' '}
            <Words text={short.map(nameOf).join('; ')} />
          </Status>
        </p>
      )}
    </>
  )
}

const nameOf = ({ name, labels: { alertname: _name, severity: _severity, ...labels } }: Short) =>
  [name, ...Object.entries(labels).map(([label, value]) => `${label} ${value}`)].join(', ')
