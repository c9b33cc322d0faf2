'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Section.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { Time } from '../../components/Time.tsx'
import classes from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { createdColumn, lastUseColumn, nameColumn, policyColumn } from './LiveReaders.tsx'
import { endedInput, endedPrefix, isOnItsWay, type Reader } from './readers.ts'

const columns: Column<Reader>[] = [
  nameColumn,
  {
    key: 'ended',
    title: 'Ended',
    cell: ({ revoked, expiresAt }) =>
      revoked ? (
        <>
          revoked <Time at={revoked.at} />{' '}
          <span className={classes.dimmed}>
            by <Words text={revoked.by.name} />
          </span>
        </>
      ) : (
        <>
          expired <Time at={expiresAt} />
        </>
      ),
  },
  createdColumn,
  lastUseColumn,
  // An expired token needed no change of policy: the gateways knew its expiry from the start.
  { ...policyColumn, cell: (reader) => (reader.revoked ? policyColumn.cell(reader) : '') },
]

/** Tokens that no longer work. Shows nothing if there are none. */
export function EndedReaders() {
  const trpc = useTRPC()
  const { get } = useUrlParams()
  const cursor = get(`${endedPrefix}cursor`)
  const { data, error } = useQuery(
    trpc.reader.ended.queryOptions(endedInput(cursor), {
      placeholderData: keepPreviousData,
      refetchInterval: ({ state }) =>
        state.data?.items.some((reader) => reader.revoked && isOnItsWay(reader)) ? 2_000 : 30_000,
    }),
  )
  if (data?.items.length === 0 && !cursor) return null
  if (!data && !error) return null
  return (
    <Section title="Revoked and expired">
      {data ? (
        <DataTable
          label="Revoked and expired tokens"
          columns={columns}
          rows={data.items}
          rowKey={({ id }) => id}
          nextCursor={data.nextCursor}
          urlPrefix={endedPrefix}
        />
      ) : (
        <ErrorState error={error} what="Could not load the revoked and expired tokens" />
      )}
    </Section>
  )
}
