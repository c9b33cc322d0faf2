'use client'

import { type Column, DataTable } from '../../components/DataTable.tsx'
import { EndedBy, endColumn, Quiet, spanColumns, windowStates } from '../../components/endedEarly.tsx'
import { Link } from '../../components/Link.tsx'
import { Status } from '../../components/Status.tsx'
import { Words } from '../../components/Words.tsx'
import { sloHref } from '../slo/inputs.ts'
import { aboutWords, groupKeyOf, lateWords, type Maintenance } from './maintenance.ts'

const columns: Column<Maintenance>[] = [
  { key: 'about', title: 'Of', cell: (row) => <About window={row} /> },
  {
    key: 'state',
    title: 'State',
    cell: (row) => {
      const { kind, words } = windowStates[row.state]
      const late = lateWords(row)
      return (
        <>
          <Status kind={kind}>{words}</Status>
          {late && (
            <Quiet>
              <Status kind="warning">{late}</Status>
            </Quiet>
          )}
        </>
      )
    },
  },
  ...spanColumns,
]

const decided: Column<Maintenance> = {
  key: 'reason',
  title: 'Reason',
  cell: ({ decision }) =>
    decision && (
      <>
        <Words text={decision.reason} />
        <Quiet>
          asked by <Words text={decision.by.name} long="cut" />,{' '}
          <Link href={`/approvals/${decision.changeRequestId}?tab=decided`}>approved</Link> by{' '}
          <Words text={decision.approvedBy.name} long="cut" />
        </Quiet>
        <EndedBy ended={decision.ended} />
      </>
    ),
  narrow: 'wide',
}

/** @param onEnd null if the person can end none of them */
export function MaintenanceTable({
  label,
  windows,
  onEnd = null,
  nextCursor,
}: {
  label: string
  windows: readonly Maintenance[]
  onEnd?: ((window: Maintenance) => void) | null
  nextCursor?: string | null
}) {
  const end = onEnd && endColumn((row: Maintenance) => `the window of ${aboutWords(row)}`, onEnd)
  return (
    <DataTable
      label={label}
      // Who decided and why is for the platform team.
      columns={[...columns, ...(windows.some(({ decision }) => decision) ? [decided] : []), ...(end ? [end] : [])]}
      rows={windows}
      rowKey={({ id }) => id}
      {...(nextCursor === undefined ? {} : { nextCursor })}
    />
  )
}

function About({ window }: { window: Maintenance }) {
  const { sloId, labels } = window
  const words = <Words text={aboutWords(window)} long="cut" />
  if (sloId === null) return words
  return <Link href={sloHref(sloId, labels && groupKeyOf(labels))}>{words}</Link>
}
