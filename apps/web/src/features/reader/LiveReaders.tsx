'use client'

import { Button, VisuallyHidden } from '@mantine/core'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Status } from '../../components/Status.tsx'
import { Explained } from '../../components/Term.tsx'
import { Time } from '../../components/Time.tsx'
import classes from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { serverNow, useNow } from '../../lib/now.ts'
import { lastUse, progressText, type Reader, readerState } from './readers.ts'

export const nameColumn: Column<Reader> = {
  key: 'name',
  title: 'Name',
  cell: ({ name }) => (
    <span className={classes.name}>
      <Words text={name} />
    </span>
  ),
}
export const createdColumn: Column<Reader> = {
  key: 'createdAt',
  title: 'Created',
  cell: ({ createdAt, by }) => (
    <>
      <Time at={createdAt} />{' '}
      <span className={classes.dimmed}>
        by <Words text={by.name} />
      </span>
    </>
  ),
}
export const lastUseColumn: Column<Reader> = {
  key: 'lastUsedAt',
  title: 'Last used',
  cell: (reader) => {
    const { before, at, after, certain } = lastUse(reader)
    const words = (
      <>
        {before}
        {at && <Time at={at} />}
        {after}
      </>
    )
    if (certain) return words
    return (
      <Explained words="A gateway of an earlier release runs. It does not report which tokens it serves.">
        {words}
      </Explained>
    )
  },
}
export const policyColumn: Column<Reader> = {
  key: 'policy',
  title: 'Gateways',
  cell: (reader) => {
    const { kind, text } = progressText(reader)
    return kind === 'good' ? text : <Status kind={kind}>{text}</Status>
  },
}

/** The tokens that work now. @param onRevoke null if the person may not revoke. */
export function LiveReaders({
  readers,
  onRevoke,
}: {
  readers: readonly Reader[]
  onRevoke: ((reader: Reader) => void) | null
}) {
  const now = useNow(10_000)
  const columns: Column<Reader>[] = [
    { ...nameColumn, sort: ({ name }) => name },
    {
      key: 'state',
      title: 'State',
      cell: (reader) => {
        const { kind, text } = readerState(reader, now || serverNow())
        return <Status kind={kind}>{text}</Status>
      },
    },
    { ...createdColumn, sort: ({ createdAt }) => createdAt },
    {
      key: 'expiresAt',
      title: 'Expires',
      cell: ({ expiresAt }) => <Time at={expiresAt} />,
      sort: ({ expiresAt }) => expiresAt,
    },
    { ...lastUseColumn, sort: ({ lastUsedAt }) => lastUsedAt ?? '' },
    policyColumn,
  ]
  if (onRevoke) {
    columns.push({
      key: 'revoke',
      title: <VisuallyHidden>Revoke</VisuallyHidden>,
      label: ' ',
      align: 'right',
      cell: (reader) => (
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`Revoke ${reader.name}`}
          onClick={() => onRevoke(reader)}
        >
          Revoke
        </Button>
      ),
    })
  }
  return <DataTable label="Live tokens" columns={columns} rows={readers} rowKey={({ id }) => id} />
}
