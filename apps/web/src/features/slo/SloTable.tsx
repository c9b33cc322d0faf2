'use client'

import { Sparkline } from '../../components/chart/Sparkline.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Status } from '../../components/Status.tsx'
import { Term } from '../../components/Term.tsx'
import { Words } from '../../components/Words.tsx'
import { BudgetBar } from './BudgetBar.tsx'
import { sloHref } from './inputs.ts'
import classes from './Slo.module.css'
import { burnWords, groupWords, noBurnWords, objectiveWords, type SloRow, stateOf, windowWords } from './words.ts'

const columns: Column<SloRow>[] = [
  {
    key: 'title',
    title: 'SLO',
    cell: (row) => <Name row={row} />,
    sort: (row) => row.title,
  },
  { key: 'owner', title: 'Owner', cell: (row) => <Words text={row.owner} long="cut" />, sort: (row) => row.owner },
  {
    key: 'objective',
    title: 'Objective',
    cell: (row) => (
      <>
        {objectiveWords(row.objective)} in {windowWords(row.window)}
      </>
    ),
    sort: (row) => row.objective,
  },
  {
    key: 'state',
    title: 'State',
    cell: (row) => {
      const { kind, words } = stateOf(row)
      return (
        <>
          <Status kind={kind}>{words}</Status>
          {row.maintenanceUntil !== null && <span className={classes.group}>in maintenance</span>}
        </>
      )
    },
    narrow: 'wide',
  },
  {
    key: 'left',
    title: 'Budget left',
    cell: (row) => <BudgetBar figures={row.figures} />,
    sort: (row) => row.figures?.leftRatio ?? null,
    width: 190,
    narrow: 'wide',
  },
  {
    key: 'burn',
    title: <Term name="burn rate">Burn, last hour</Term>,
    label: 'Burn, last hour',
    cell: (row) => <Burn row={row} />,
    sort: (row) => row.figures?.burn ?? null,
    align: 'right',
  },
  {
    key: 'days',
    title: 'Bad, 30 days',
    cell: (row) => (
      <span className={classes.spark} title="The part of events that were bad, day by day, also in maintenance windows">
        <Sparkline points={row.badRatioByDay.map((ratio, i) => [i, ratio])} width={110} height={22} />
      </span>
    ),
    width: 120,
    narrow: 'hidden',
  },
]

function Name({ row }: { row: SloRow }) {
  const others = row.groups === null ? 0 : row.groups.count - 1
  return (
    <>
      <span className={classes.name}>
        <Words text={row.title} long="cut" />
      </span>
      {row.of !== null ? (
        <span className={classes.group}>
          <Words text={groupWords(row.of.labels)} long="cut" />
          {others > 0 && `, the worst of ${others + 1}`}
        </span>
      ) : (
        row.groupBy.length > 0 && <span className={classes.group}>all together</span>
      )}
    </>
  )
}

function Burn({ row: { figures, firesAt } }: { row: SloRow }) {
  if (figures === null || figures.burn === null)
    return <span title={figures ? noBurnWords(figures) : 'not known'}>–</span>
  const page = firesAt.page === null ? 'nothing pages' : `pages from ${burnWords(firesAt.page)} on`
  return <span title={`${page}, in the windows of its alerts`}>{burnWords(figures.burn)}</span>
}

/** One row an SLO, what burns first on top. A row opens the SLO’s page, of a grouped one that of its worst group. */
export function SloTable({ slos }: { slos: readonly SloRow[] }) {
  return (
    <DataTable
      label="SLOs"
      columns={columns}
      rows={slos}
      rowKey={(row) => row.sloId}
      href={(row) => sloHref(row.sloId, row.of?.key ?? null)}
      findBy={(row) => `${row.sloId} ${row.title} ${row.owner}`}
      dense
    />
  )
}
