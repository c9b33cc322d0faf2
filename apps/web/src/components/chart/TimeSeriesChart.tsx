'use client'

import { Skeleton } from '@mantine/core'
import dynamic from 'next/dynamic'
import type { TimeSeriesChartProps } from './series.ts'

const plotHeight = 280
/** The height of the title above the plot, in pixels. */
const frameHeight = 28

/**
 * Use over time against its limit, with refusals stacked on use. Its code loads after the first paint; until then the
 * chart's space is kept free, so that nothing moves. All charts of a page share their crosshair.
 */
export function TimeSeriesChart({ height = plotHeight, ...props }: TimeSeriesChartProps) {
  return (
    <div style={{ minHeight: height + frameHeight }}>
      <LazyPlot height={height} {...props} />
    </div>
  )
}

const LazyPlot = dynamic(() => import('./TimeSeriesPlot.tsx').then((module) => module.TimeSeriesPlot), {
  ssr: false,
  loading: () => <ChartSkeleton />,
})

/** Shown in a chart's place while its data loads. */
export function ChartSkeleton({ height = plotHeight }: { height?: number }) {
  return <Skeleton height={height + frameHeight} animate={false} aria-label="Loading the chart" />
}
