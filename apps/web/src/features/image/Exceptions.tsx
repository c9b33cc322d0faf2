'use client'

import { Button, VisuallyHidden } from '@mantine/core'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Section.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import classes from './Image.module.css'
import { type Exception, exceptionStates } from './images.ts'

const columns: Column<Exception>[] = [
  {
    key: 'vulnerability',
    title: 'Of',
    cell: (row) => (
      <>
        <Words text={row.vulnerability} long="cut" />
        <span className={classes.quiet}>
          <Words text={row.package} long="cut" />
        </span>
      </>
    ),
  },
  {
    key: 'state',
    title: 'State',
    cell: ({ state }) => <Status kind={exceptionStates[state].kind}>{exceptionStates[state].words}</Status>,
  },
  {
    key: 'until',
    title: 'Until',
    cell: ({ expiresAt, ended }) => <Time at={ended?.at ?? expiresAt} />,
  },
  {
    key: 'reason',
    title: 'Reason',
    cell: ({ reason, by, createdAt, ended }) => (
      <>
        <Words text={reason} />
        <span className={classes.quiet}>
          made by <Words text={by.name} long="cut" />, <Time at={createdAt} />
        </span>
        {ended && (
          <span className={classes.quiet}>
            ended by <Words text={ended.by.name} long="cut" />: <Words text={ended.reason} />
          </span>
        )}
      </>
    ),
    narrow: 'wide',
  },
]

/** @param onEnd null if the person can end none */
export function Exceptions({
  imageName,
  exceptions,
  onEnd,
}: {
  imageName: string
  exceptions: readonly Exception[]
  onEnd: ((exception: Exception) => void) | null
}) {
  const end: Column<Exception> = {
    key: 'end',
    title: <VisuallyHidden>End</VisuallyHidden>,
    label: '',
    cell: (row) =>
      row.state === 'holds' && (
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`End the exception for ${row.vulnerability} of ${row.package}`}
          onClick={() => onEnd?.(row)}
        >
          End…
        </Button>
      ),
  }
  return (
    <Section title="Exceptions" sentence={`For every image ${imageName}, the newest first.`}>
      {exceptions.length === 0 ? (
        <p className={classes.text}>Nobody has made an exception.</p>
      ) : (
        <DataTable
          label="Exceptions"
          columns={onEnd ? [...columns, end] : columns}
          rows={exceptions}
          rowKey={({ id }) => id}
          urlPrefix="e"
        />
      )}
    </Section>
  )
}
