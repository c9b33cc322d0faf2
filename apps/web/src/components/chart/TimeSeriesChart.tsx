'use client'

import { Skeleton } from '@mantine/core'
import dynamic from 'next/dynamic'
import type { TimeSeriesChartProps } from './series.ts'

const plotHeight = 280
/** What the title takes above the plot. */
const frameHeight = 28

/**
 * Use over time against its limit, refusals stacked on it. Loads its code after the first paint, in a place of its final size.
 * All charts of a page share their crosshair.
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

/** A chart's place while its data loads. */
export function ChartSkeleton({ height = plotHeight }: { height?: number }) {
  return <Skeleton height={height + frameHeight} animate={false} aria-label="Loading the chart" />
}
