'use client'

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { limitDefinitions, type MeteredLimit } from '@tickwatch/policy'
import { useEffect, useRef } from 'react'
import { ChartSkeleton, TimeSeriesChart } from '../../components/chart/TimeSeriesChart.tsx'
import { limitText } from '../../components/LimitChanges.tsx'
import { RangePicker } from '../../components/RangePicker.tsx'
import { QueryView } from '../../components/StateView.tsx'
import { formatInteger } from '../../lib/format.ts'
import { rangeWords } from '../../lib/rangeWords.ts'
import { useZone } from '../../lib/timeZone.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { useKept } from '../../lib/useKept.ts'
import { useRange } from '../../lib/useRange.ts'
import { defaultRange, historyInput, usageHistoryInput } from './inputs.ts'
import classes from './QuotasPage.module.css'
import { historySentence, type UsageHistory } from './usage.ts'

/**
 * Use of one limit over time, with refusals, the limit and its past changes.
 * @param limitNow null until loaded.
 */
export function UsageChart({
  tenantId,
  limit,
  limitNow,
  renderedAtMs,
}: {
  tenantId: string
  limit: MeteredLimit
  limitNow: number | null
  renderedAtMs: number
}) {
  const trpc = useTRPC()
  const { range, choose, zoom, zoomOut } = useRange(defaultRange, renderedAtMs)
  const openChanges = useOpenChanges()
  const history = useQuery(
    trpc.usage.history.queryOptions(usageHistoryInput(limit, range), {
      staleTime: 15_000,
      refetchInterval: 30_000,
      trpc: alone,
    }),
  )
  const { shown, shownRange } = useKept(history, limit, range)
  useNewLimit(limitNow, () => void history.refetch())
  const [zone] = useZone()
  const { title, unit } = limitDefinitions[limit]
  return (
    <>
      <div className={classes.chartHead}>
        <p className={classes.chartSentence}>
          {shown.data &&
            historySentence(
              shown.data,
              tenantId,
              { words: rangeWords[shownRange.choice], fromMs: shownRange.fromMs, toMs: shownRange.toMs },
              limitNow,
              zone,
            )}
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
            maxima={data.figures !== null && data.stepSeconds > data.figures.resolutionSeconds}
            fromMs={shownRange.fromMs}
            toMs={shownRange.toMs}
            markers={data.changes.map((change) => ({
              id: String(change.revision),
              at: Date.parse(change.at),
              change: `${formatInteger(change.from)} → ${limitText(limit, change.to)}`,
              who: { name: change.by, reason: change.reason },
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

/** The chart's line and label of the limit are as new as the meter above it: it is loaded again when that changes. */
function useNewLimit(limitNow: number | null, reload: () => void) {
  const known = useRef(limitNow)
  useEffect(() => {
    if (known.current !== null && limitNow !== known.current) reload()
    known.current = limitNow
  })
}

/**
 * Unfolds changes in the history below. If they are not on its page, opens the page that begins with the newest one.
 */
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
