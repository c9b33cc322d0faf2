'use client'

import { Box } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Sparkline } from '../../components/chart/Sparkline.tsx'
import { ChartSkeleton, TimeSeriesChart } from '../../components/chart/TimeSeriesChart.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Num } from '../../components/Num.tsx'
import { RangePicker } from '../../components/RangePicker.tsx'
import { Section } from '../../components/Section.tsx'
import { QueryView } from '../../components/StateView.tsx'
import { formatDuration } from '../../lib/format.ts'
import { rangeWords } from '../../lib/rangeWords.ts'
import { useZone } from '../../lib/timeZone.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useKept } from '../../lib/useKept.ts'
import { useRange } from '../../lib/useRange.ts'
import { reasonWords, type Traffic, trafficMarkers, trafficSentence } from './traffic.ts'
import { trafficInput, trafficRange } from './trafficInput.ts'

/**
 * What a gateway, or with null the whole fleet, accepted and refused over time, with its starts and policy versions, and
 * what was refused for each reason.
 */
export function TrafficChart({ gatewayId, renderedAtMs }: { gatewayId: string | null; renderedAtMs: number }) {
  const trpc = useTRPC()
  const { range, choose, zoom, zoomOut } = useRange(trafficRange, renderedAtMs)
  const asked = useQuery(
    trpc.usage.traffic.queryOptions(trafficInput(gatewayId, range), {
      staleTime: 15_000,
      refetchInterval: 30_000,
      trpc: alone,
    }),
  )
  const owner = gatewayId ?? 'the fleet'
  const { shown: traffic, shownRange } = useKept(asked, owner, range)
  const [zone] = useZone()
  const inWords = { words: rangeWords[shownRange.choice], fromMs: shownRange.fromMs, toMs: shownRange.toMs }
  return (
    <Section
      title="Traffic"
      // A space keeps the line free until the sentence is there.
      sentence={traffic.data ? trafficSentence(traffic.data, owner, inWords, zone) : '\u00a0'}
      action={<RangePicker range={range} onChoose={choose} onCustom={zoom} />}
    >
      <QueryView query={traffic} what="past traffic" skeleton={<ChartSkeleton />}>
        {(data) => (
          <>
            <TimeSeriesChart
              title={`Traffic of ${owner}`}
              unit="samples/s"
              usedWord="accepted"
              points={data.points.map((point) => ({ ...point, limit: null }))}
              stepSeconds={data.stepSeconds}
              maxima={data.figures !== null && data.stepSeconds > data.figures.resolutionSeconds}
              fromMs={shownRange.fromMs}
              toMs={shownRange.toMs}
              markers={trafficMarkers(data, gatewayId === null)}
              onZoom={zoom}
              onZoomOut={zoomOut}
            />
            {data.byReason.length > 0 && (
              <Box mt="sm">
                <ByReason traffic={data} />
              </Box>
            )}
          </>
        )}
      </QueryView>
    </Section>
  )
}

function ByReason({ traffic: { byReason, points } }: { traffic: Traffic }) {
  const columns: Column<Traffic['byReason'][number]>[] = [
    {
      key: 'reason',
      title: 'Refused because of',
      cell: (r) => `${reasonWords(r).words} (${r.reason})`,
    },
    {
      key: 'highest',
      title: 'At most',
      cell: (r) => <Num value={r.highestPerSecond} unit={reasonWords(r).unit} />,
      align: 'right',
    },
    {
      key: 'seconds',
      title: 'For',
      cell: (r) => formatDuration(r.refusedSeconds * 1_000),
      align: 'right',
    },
    {
      key: 'line',
      title: 'Over time',
      cell: (r) => <Sparkline points={points.map(({ t }, i) => [t, r.perSecond[i] ?? null])} />,
      width: 180,
      narrow: 'hidden',
    },
  ]
  return (
    <DataTable label="Refusals by reason" columns={columns} rows={byReason} rowKey={(r) => r.reason} urlPrefix="r" />
  )
}
