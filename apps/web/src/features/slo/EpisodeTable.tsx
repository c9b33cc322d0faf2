'use client'

import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Time } from '../../components/Time.tsx'
import { formatDuration } from '../../lib/format.ts'
import { capitalised } from '../../lib/words.ts'
import { type Episodes, severityWords } from './alerts.ts'
import { groupWords } from './words.ts'

type Episode = Episodes['newest'][number]

const columns: Column<Episode>[] = [
  { key: 'alert', title: 'Alert', cell: (row) => capitalised(severityWords[row.alert]) },
  { key: 'group', title: 'Group', cell: (row) => groupOf(row) },
  { key: 'from', title: 'Began', cell: (row) => <Time at={row.fromSeconds * 1_000} exact />, narrow: 'wide' },
  {
    key: 'for',
    title: 'For',
    cell: (row) => (row.toSeconds === null ? 'still' : formatDuration((row.toSeconds - row.fromSeconds) * 1_000)),
    align: 'right',
  },
]

const groupOf = ({ group }: Episode): string => {
  const labels = group === null ? {} : Object.fromEntries(JSON.parse(group) as [string, string][])
  return Object.keys(labels).length === 0 ? '–' : groupWords(labels)
}

/** The newest times in which alerts fired, or would have. */
export function EpisodeTable({ episodes, label }: { episodes: Episodes; label: string }) {
  const isGrouped = episodes.newest.some((row) => groupOf(row) !== '–')
  return (
    <DataTable
      label={label}
      columns={isGrouped ? columns : columns.filter(({ key }) => key !== 'group')}
      rows={episodes.newest.slice(0, 20)}
      rowKey={(row) => `${row.alert} ${row.group} ${row.fromSeconds}`}
      urlPrefix={`${label} `}
    />
  )
}
