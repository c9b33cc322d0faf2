import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Section.tsx'
import { type QueryLike, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { plural } from '../../lib/format.ts'
import { BudgetBar } from '../slo/BudgetBar.tsx'
import { sloHref } from '../slo/inputs.ts'
import { burnWords, groupWords, stateOf, windowWords } from '../slo/words.ts'
import classes from './Incident.module.css'
import type { Harmed as HarmedData } from './words.ts'

type Row = HarmedData['rows'][number] & { window: NonNullable<HarmedData['window']> }

const columns: Column<Row>[] = [
  {
    key: 'group',
    title: 'Tenant or group',
    cell: ({ labels }) =>
      Object.keys(labels).length === 0 ? 'the whole SLO' : <Words text={groupWords(labels)} long="cut" />,
  },
  {
    key: 'state',
    title: 'State',
    cell: (row) => {
      const { kind, words } = stateOf(row)
      return <Status kind={kind}>{words}</Status>
    },
  },
  {
    key: 'left',
    title: 'Budget left',
    cell: ({ figures }) => <BudgetBar figures={figures} />,
    width: 190,
    narrow: 'wide',
  },
  {
    key: 'burn',
    title: 'Burn, last hour',
    cell: ({ figures }) => (figures === null || figures.burn === null ? '–' : burnWords(figures.burn)),
    align: 'right',
  },
]

/** What is left of the budgets of those that the incident harms, the most urgent first. */
export function Harmed({ slo, harmed }: { slo: string | null; harmed: QueryLike<HarmedData> }) {
  if (slo === null) return null
  return (
    <Section title="Budgets of those it harms" sentence={harmed.data ? sentenceOf(harmed.data) : '\u00a0'}>
      <QueryView query={harmed} what="the budgets" skeleton={<SkeletonRows rows={2} />}>
        {({ rows, window, missing, asOf }) => (
          <>
            {missing !== null && (
              <p className={classes.missing} role="status">
                <Status kind="warning">
                  {missing}{' '}
                  {asOf !== null && (
                    <>
                      These are from <Time at={asOf} />.
                    </>
                  )}
                </Status>
              </p>
            )}
            {window && rows.length > 0 && (
              <DataTable
                label="Budgets of those it harms"
                columns={columns}
                rows={rows.map((row) => ({ ...row, window }))}
                rowKey={({ key, labels }) => key ?? groupWords(labels)}
                href={({ key }) => sloHref(slo, key)}
                urlPrefix="harmed-"
              />
            )}
          </>
        )}
      </QueryView>
    </Section>
  )
}

function sentenceOf({ window, rows, more, missing }: HarmedData): string {
  if (window === null) return ''
  const span = `Of the budget of ${windowWords(window)}.`
  if (more > 0) return `${span} The most urgent ${plural(rows.length, 'group')}; ${plural(more, 'more')} below them.`
  if (rows.length === 0 && missing === null) return `${span} Nothing was measured of what it harms.`
  return span
}
