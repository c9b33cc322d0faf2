'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { CompareChart } from '../../components/chart/CompareChart.tsx'
import { ChartSkeleton } from '../../components/chart/TimeSeriesChart.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Section.tsx'
import { QueryView } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Term } from '../../components/Term.tsx'
import { Time } from '../../components/Time.tsx'
import text from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { plural } from '../../lib/format.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import classes from './Rollout.module.css'
import { isOver, type Rollout } from './rollouts.ts'
import {
  chartRange,
  drawnChart,
  type Finding,
  findingTitle,
  findingValue,
  headline,
  newestFirst,
  outcomeOf,
  testWords,
  type WaveVerdict,
  worstFirst,
} from './verdicts.ts'

/** What the judge says of the wave that it judged last, the numbers behind it, and canary against baseline over time. */
export function JudgeSection({ rollout, pollMs }: { rollout: Rollout; pollMs: number | false }) {
  const [newest, ...earlier] = newestFirst(rollout.verdicts)
  const judged = rollout.plan.waves.some(({ judge }) => judge !== null)
  if (!newest) {
    return (
      <Section title="Judge">
        <p className={classes.text}>{nothingJudged(judged, isOver(rollout))}</p>
      </Section>
    )
  }
  return (
    <Section title="Judge" sentence={<Compared verdict={newest} rollout={rollout} />}>
      <OneVerdict verdict={newest} isOver={isOver(rollout)} />
      <Charts number={rollout.number} pollMs={pollMs} />
      {earlier.length > 0 && (
        <>
          <h3 className={classes.heading}>Waves before</h3>
          <ul className={classes.list} aria-label="Verdicts of the waves before">
            {earlier.map(({ wave, at, verdict }) => (
              <li key={wave}>
                <Status kind={outcomeOf(verdict.outcome).kind}>
                  <Words text={nameOf(rollout, wave)} long="cut" />: <Words text={headline(verdict)} />
                </Status>{' '}
                <span className={classes.dim}>
                  <Time at={at} />
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  )
}

function nothingJudged(hasJudge: boolean, over: boolean): string {
  if (!hasJudge) return 'The plan has no judge: each wave goes on when it has baked.'
  if (over) return 'Nothing was judged.'
  return 'Nothing was judged yet. The judge begins when the first instances of a wave run the candidate.'
}

const nameOf = ({ plan }: Rollout, wave: number) => plan.waves[wave]?.name ?? `wave ${wave + 1}`

function Compared({ verdict: { wave, at, verdict }, rollout }: { verdict: WaveVerdict; rollout: Rollout }) {
  if (rollout.plan.waves[wave]?.judge?.compares === false) {
    return (
      <>
        The wave <Words text={nameOf(rollout, wave)} long="cut" />, judged <Time at={at} /> by the hard limits alone.
      </>
    )
  }
  return (
    <>
      The wave <Words text={nameOf(rollout, wave)} long="cut" />, judged <Time at={at} /> over{' '}
      {plural(verdict.points, 'interval')} that <Term name="canary" /> and <Term name="baseline" /> have in common.
    </>
  )
}

function OneVerdict({ verdict: { verdict }, isOver: over }: { verdict: WaveVerdict; isOver: boolean }) {
  const { kind } = outcomeOf(verdict.outcome)
  const said = headline(verdict)
  return (
    <>
      <p className={classes.verdict}>
        <Status kind={kind}>
          <Words text={said} long="whole" />
        </Status>
      </p>
      {verdict.outcome === 'inconclusive' && !over && (
        <p className={text.quiet}>The next wave starts only when the judge passes this one.</p>
      )}
      {verdict.findings.length > 0 && (
        <DataTable
          label="What the judge found"
          columns={columnsOf(said)}
          rows={worstFirst(verdict.findings)}
          rowKey={({ about }) => about}
          urlPrefix="j"
        />
      )}
      {verdict.notes.length > 0 && (
        <ul className={classes.notes} aria-label="What was left out">
          {verdict.notes.map((note) => (
            <li key={note}>
              <Words text={note} />
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

/** @param said the sentence above the table, which need not be there twice */
const columnsOf = (said: string): Column<Finding>[] => [
  { key: 'about', title: 'Figure', cell: findingTitle },
  {
    key: 'outcome',
    title: 'Verdict',
    cell: ({ outcome }) => <Status kind={outcomeOf(outcome).kind}>{outcomeOf(outcome).words}</Status>,
    oneLine: true,
  },
  { key: 'canary', title: 'Canary', cell: (row) => findingValue(row, row.canary), align: 'right', oneLine: true },
  { key: 'baseline', title: 'Baseline', cell: (row) => findingValue(row, row.baseline), align: 'right', oneLine: true },
  {
    key: 'words',
    title: 'Why',
    cell: (row) => (
      <>
        {said.includes(row.words) ? 'As said above.' : <Words text={row.words} />}
        {row.tests && <span className={text.quiet}>{testWords(row)}</span>}
      </>
    ),
    narrow: 'wide',
  },
]

const chartHeight = 180

function Charts({ number, pollMs }: { number: number; pollMs: number | false }) {
  const trpc = useTRPC()
  const charts = useQuery(
    trpc.rollout.charts.queryOptions(
      { number },
      { placeholderData: keepPreviousData, refetchInterval: pollMs || 15_000, trpc: alone },
    ),
  )
  return (
    <QueryView query={charts} what="the judge’s charts" skeleton={<ChartSkeleton height={chartHeight} />}>
      {(data) => {
        const range = chartRange(data)
        if (range === null) return <p className={text.quiet}>There are no points to draw yet.</p>
        return (
          <div className={classes.charts}>
            {data
              .filter(({ points }) => points.some(({ canary, baseline }) => canary !== null || baseline !== null))
              .map(drawnChart)
              .map(({ figure, ...chart }) => (
                <CompareChart key={figure} {...chart} fromMs={range.fromMs} toMs={range.toMs} height={chartHeight} />
              ))}
          </div>
        )
      }}
    </QueryView>
  )
}
