'use client'

import dynamic from 'next/dynamic'
import type { CompareChartProps } from './compare.ts'
import { ChartSkeleton } from './TimeSeriesChart.tsx'

const LazyPlot = dynamic(() => import('./ComparePlot.tsx').then((module) => module.ComparePlot), {
  ssr: false,
  loading: () => <ChartSkeleton height={180} />,
})

/** The canary against the baseline over time. Its code loads after the first paint, as that of `TimeSeriesChart`. */
export function CompareChart(props: CompareChartProps) {
  return (
    <div style={{ minHeight: props.height + 28 }}>
      <LazyPlot {...props} />
    </div>
  )
}
