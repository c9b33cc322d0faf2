'use client'

import { type Column, DataTable } from '../../components/DataTable.tsx'
import { EndedBy, endColumn, Quiet } from '../../components/endedEarly.tsx'
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
        <Quiet>
          <Words text={row.package} long="cut" />
        </Quiet>
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
        <Quiet>
          made by <Words text={by.name} long="cut" />, <Time at={createdAt} />
        </Quiet>
        <EndedBy ended={ended} />
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
  const end = onEnd && endColumn((row: Exception) => `the exception for ${row.vulnerability} of ${row.package}`, onEnd)
  return (
    <Section title="Exceptions" sentence={`For every image ${imageName}, the newest first.`}>
      {exceptions.length === 0 ? (
        <p className={classes.text}>Nobody has made an exception.</p>
      ) : (
        <DataTable
          label="Exceptions"
          columns={end ? [...columns, end] : columns}
          rows={exceptions}
          rowKey={({ id }) => id}
          urlPrefix="e"
        />
      )}
    </Section>
  )
}
