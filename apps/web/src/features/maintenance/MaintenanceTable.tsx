'use client'

import { Button, VisuallyHidden } from '@mantine/core'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Link } from '../../components/Link.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { sloHref } from '../slo/inputs.ts'
import classes from './Maintenance.module.css'
import { aboutWords, groupKeyOf, lateWords, type Maintenance, stateWords } from './maintenance.ts'

const columns: Column<Maintenance>[] = [
  { key: 'about', title: 'Of', cell: (row) => <About window={row} /> },
  {
    key: 'state',
    title: 'State',
    cell: (row) => {
      const { kind, words } = stateWords(row)
      const late = lateWords(row)
      return (
        <>
          <Status kind={kind}>{words}</Status>
          {late && (
            <span className={classes.quiet}>
              <Status kind="warning">{late}</Status>
            </span>
          )}
        </>
      )
    },
  },
  { key: 'startsAt', title: 'From', cell: ({ startsAt }) => <Time at={startsAt} exact />, narrow: 'wide' },
  {
    key: 'until',
    title: 'Until',
    cell: ({ state, until, endsAt }) =>
      state === 'cancelled' ? (
        <>
          <Time at={endsAt} exact />
          <span className={classes.quiet}>
            cancelled <Time at={until} />
          </span>
        </>
      ) : (
        <>
          <Time at={until} exact />
          {state === 'ended' && (
            <span className={classes.quiet}>
              planned until <Time at={endsAt} exact />
            </span>
          )}
        </>
      ),
    narrow: 'wide',
  },
]

const decided: Column<Maintenance> = {
  key: 'reason',
  title: 'Reason',
  cell: ({ decision }) =>
    decision && (
      <>
        <Words text={decision.reason} />
        <span className={classes.quiet}>
          asked by <Words text={decision.by.name} long="cut" />,{' '}
          <Link href={`/approvals/${decision.changeRequestId}?tab=decided`}>approved</Link> by{' '}
          <Words text={decision.approvedBy.name} long="cut" />
        </span>
        {decision.ended && (
          <span className={classes.quiet}>
            ended by <Words text={decision.ended.by.name} long="cut" />: <Words text={decision.ended.reason} />
          </span>
        )}
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
  const end: Column<Maintenance> = {
    key: 'end',
    title: <VisuallyHidden>End</VisuallyHidden>,
    label: '',
    cell: (row) => {
      const verb = row.state === 'coming' ? 'Cancel' : 'End'
      return (
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`${verb} the window of ${aboutWords(row)}`}
          onClick={() => onEnd?.(row)}
        >
          {verb}…
        </Button>
      )
    },
  }
  return (
    <DataTable
      label={label}
      // Who decided and why is for the platform team.
      columns={[...columns, ...(windows.some(({ decision }) => decision) ? [decided] : []), ...(onEnd ? [end] : [])]}
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
