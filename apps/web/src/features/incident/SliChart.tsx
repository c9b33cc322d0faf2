'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ChartSkeleton, TimeSeriesChart } from '../../components/chart/TimeSeriesChart.tsx'
import { Section } from '../../components/Section.tsx'
import { QueryView } from '../../components/StateView.tsx'
import { alone } from '../../lib/trpc/alone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import classes from './Incident.module.css'
import type { Detail } from './words.ts'

const height = 220

/** The bad events of the SLO around the incident, with its begin, its end and the changes before it. */
export function SliChart({ incident }: { incident: Detail }) {
  const trpc = useTRPC()
  const chart = useQuery(
    trpc.incident.chart.queryOptions(
      { number: incident.number },
      { placeholderData: keepPreviousData, refetchInterval: 15_000, trpc: alone },
    ),
  )
  if (incident.slo === null) return null
  return (
    <Section title="The SLI around it">
      <QueryView query={chart} what="the chart" skeleton={<ChartSkeleton height={height} />}>
        {(data) => {
          if (data.points === null) return <p className={classes.dim}>{data.missing}</p>
          const [first, last] = [data.points[0], data.points.at(-1)]
          if (!first || !last || data.points.every(({ badRatio }) => badRatio === null)) {
            return <p className={classes.dim}>The rules of the SLO have recorded no events around this time.</p>
          }
          return (
            <TimeSeriesChart
              title="Bad events"
              unit="%"
              usedWord="bad"
              height={height}
              points={data.points.map(({ t, badRatio }) => ({
                ...{ t, used: badRatio === null ? null : badRatio * 100, refused: null, limit: null },
              }))}
              stepSeconds={data.stepSeconds}
              fromMs={first.t * 1_000}
              toMs={last.t * 1_000}
              markers={markersOf(incident)}
            />
          )
        }}
      </QueryView>
    </Section>
  )
}

const changesMarked = 20

const markersOf = ({ beganAt, resolvedAt, changes }: Detail) => [
  { id: 'began', at: Date.parse(beganAt), change: 'the incident began', isIncident: true },
  ...(resolvedAt === null
    ? []
    : [{ id: 'resolved', at: Date.parse(resolvedAt), change: 'the incident was resolved', isIncident: true }]),
  ...changes.slice(0, changesMarked).map(({ id, at, title, by, reason }) => ({
    ...{ id, at: Date.parse(at), change: title },
    ...(by === null ? {} : { who: { name: by, reason: reason ?? '' } }),
  })),
]
