'use client'

import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { limitDefinitions } from '@tickwatch/policy'
import { useEffect, useState } from 'react'
import { ChartSkeleton, TimeSeriesChart } from '../../components/chart/TimeSeriesChart.tsx'
import { limitText } from '../../components/LimitChanges.tsx'
import { RangePicker } from '../../components/RangePicker.tsx'
import { type QueryLike, QueryView } from '../../components/StateView.tsx'
import { formatInteger } from '../../lib/format.ts'
import type { Range } from '../../lib/range.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { useRange } from '../../lib/useRange.ts'
import { defaultRange, historyInput, usageHistoryInput } from './inputs.ts'
import classes from './QuotasPage.module.css'
import { historySentence, type MeteredLimit, type UsageHistory } from './usage.ts'

const rangeWords: Record<Range['choice'], string> = {
  '1h': 'in the last hour',
  '6h': 'in the last 6 h',
  '24h': 'in the last 24 h',
  '7d': 'in the last 7 days',
  '30d': 'in the last 30 days',
  custom: 'in this range',
}

/**
 * Use of one limit over time with what was refused, its limit and its past changes.
 * @param limitNow null until it is known.
 */
export function UsageChart({
  limit,
  limitNow,
  renderedAtMs,
}: {
  limit: MeteredLimit
  limitNow: number | null
  renderedAtMs: number
}) {
  const trpc = useTRPC()
  const { range, choose, zoom, zoomOut } = useRange(defaultRange, renderedAtMs)
  const openChanges = useOpenChanges()
  const history = useQuery(
    trpc.usage.history.queryOptions(usageHistoryInput(limit, range), {
      placeholderData: keepPreviousData,
      staleTime: 15_000,
      refetchInterval: 30_000,
      trpc: alone,
    }),
  )
  const shown = useKept(history, limit)
  const { title, unit } = limitDefinitions[limit]
  return (
    <>
      <div className={classes.chartHead}>
        <p className={classes.chartSentence}>
          {shown.data && historySentence(shown.data, rangeWords[range.choice], limitNow)}
        </p>
        <RangePicker range={range} onChoose={choose} onCustom={zoom} />
      </div>
      <QueryView query={shown} what="past use" skeleton={<ChartSkeleton />}>
        {(data) => (
          <TimeSeriesChart
            title={title}
            unit={unit}
            points={data.points}
            stepSeconds={data.stepSeconds}
            fromMs={range.fromMs}
            toMs={range.toMs}
            markers={data.changes.map((change) => ({
              id: String(change.revision),
              at: Date.parse(change.at),
              name: `${formatInteger(change.from)} → ${limitText(limit, change.to)} by ${change.by}: ${change.reason}`,
            }))}
            onMarker={(revisions) => openChanges(revisions, data.changes)}
            onZoom={zoom}
            onZoomOut={zoomOut}
          />
        )}
      </QueryView>
    </>
  )
}

/**
 * A chart whose range moves on asks anew each time: when that fails, the chart before it stays, with its age.
 * @param of what the chart is of; that of something else does not stay.
 */
function useKept<T>(query: QueryLike<T>, of: string): QueryLike<T> {
  const [kept, keep] = useState<{ of: string; data: T; dataUpdatedAt: number } | null>(null)
  const { data, error, dataUpdatedAt } = query
  useEffect(() => {
    // At 0 it is the chart before, shown until the next is there.
    if (data !== undefined && !error && dataUpdatedAt > 0) keep({ of, data, dataUpdatedAt })
  }, [of, data, error, dataUpdatedAt])
  return data === undefined && error && kept?.of === of ? { ...query, ...kept } : query
}

/** Unfolds changes in the history below; where it stands at another page, at the page that begins with the newest of them. */
function useOpenChanges() {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const { get, set } = useUrlParams()
  return (revisions: string[], changes: UsageHistory['changes']) => {
    const page = queryClient.getQueryData(trpc.quota.history.queryKey(historyInput(get('cursor'))))
    const shown = page?.items.map((item) => String(item.revision)) ?? []
    const newest = changes.find((change) => String(change.revision) === revisions.at(-1))
    set({
      open: revisions.join(','),
      ...(newest && !revisions.every((one) => shown.includes(one)) ? { cursor: newest.cursor } : {}),
    })
    document.getElementById('history')?.scrollIntoView({ block: 'start' })
  }
}
