'use client'

import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Link } from '../../components/Link.tsx'
import { Section } from '../../components/Section.tsx'
import { Status } from '../../components/Status.tsx'
import { Words } from '../../components/Words.tsx'
import { plural } from '../../lib/format.ts'
import { BudgetBar } from './BudgetBar.tsx'
import { sloHref } from './inputs.ts'
import { burnWords, groupWords, type SloView, stateOf } from './words.ts'

type Group = SloView['urgentGroups'][number] & Pick<SloView, 'window'>

const columns: Column<Group>[] = [
  { key: 'group', title: 'Group', cell: (row) => <Words text={groupWords(row.labels)} long="cut" /> },
  {
    key: 'state',
    title: 'State',
    cell: (row) => {
      const { kind, words } = stateOf(row)
      return <Status kind={kind}>{words}</Status>
    },
  },
  { key: 'left', title: 'Budget left', cell: (row) => <BudgetBar figures={row.figures} />, width: 190, narrow: 'wide' },
  {
    key: 'burn',
    title: 'Burn, last hour',
    cell: (row) => (row.figures.burn === null ? '–' : burnWords(row.figures.burn)),
    sort: (row) => row.figures.burn,
    align: 'right',
  },
]

/** The groups of an SLO that the person may see, the most urgent first. Each has a budget and alerts of its own. */
export function Groups({ slo, shown }: { slo: SloView; shown: string | null }) {
  const { groupBy, window } = slo.definition
  if (groupBy.length === 0) return null
  const more = (slo.groups?.count ?? 0) - slo.urgentGroups.length
  const rows = slo.urgentGroups.map((group) => ({ ...group, window }))
  return (
    <Section
      title="Groups"
      sentence={
        <>
          Each {groupBy.join(' and ')} has a budget and alerts of its own.
          {slo.groups === null
            ? ' You may see none of them, so this page has the events of all together.'
            : ` You may see ${plural(slo.groups.count, 'group')}${more > 0 ? `; these are the ${rows.length} most urgent` : ''}.`}{' '}
          {shown !== null && <Link href={sloHref(slo.sloId, null)}>All together</Link>}
        </>
      }
    >
      {rows.length > 0 && (
        <DataTable
          label="Groups"
          columns={columns}
          rows={rows}
          rowKey={(row) => row.key}
          href={(row) => sloHref(slo.sloId, row.key)}
          findBy={(row) => groupWords(row.labels)}
          urlPrefix="groups-"
        />
      )}
    </Section>
  )
}
