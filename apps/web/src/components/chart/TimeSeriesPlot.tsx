'use client'

import '@mantine/charts/styles.css'
import { CompositeChart } from '@mantine/charts'
import { Button, VisuallyHidden } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { useId, useMemo, useState } from 'react'
import { formatDuration, formatSi, formatTick } from '../../lib/format.ts'
import { useZone } from '../../lib/timeZone.ts'
import { ChartHover } from './ChartHover.tsx'
import { ChangeMarkers, DirectLabels, plot } from './ChartOverlay.tsx'
import { ChartTable } from './ChartTable.tsx'
import { bandsIn, highest, lowest, summarise, timeTicks, valueTicks, withGaps } from './scale.ts'
import type { ChartBand, TimeSeriesChartProps } from './series.ts'
import classes from './TimeSeriesPlot.module.css'

const none: readonly ChartBand[] = []

/** The chart itself. Pages use `TimeSeriesChart`, which loads this after the first paint. */
export function TimeSeriesPlot(props: TimeSeriesChartProps & { height: number }) {
  const { title, unit, usedWord = 'used', points, stepSeconds, maxima = false, fromMs, toMs, height } = props
  const { maintenance = none } = props
  const [asTable, setAsTable] = useState(false)
  const [zone] = useZone()
  const maintained = useMemo(() => bandsIn(maintenance, fromMs, toMs), [maintenance, fromMs, toMs])
  const summary = useMemo(
    () => summarise(title, unit, points, fromMs, toMs, zone, maintained),
    [title, unit, points, fromMs, toMs, zone, maintained],
  )
  return (
    <figure className={classes.figure}>
      <figcaption className={classes.head}>
        <span>
          <span className={classes.title}>{title}</span>{' '}
          <span className={classes.unit}>
            {unit}
            {maxima
              ? `, the highest in each ${formatDuration(stepSeconds * 1_000)}`
              : ` every ${formatDuration(stepSeconds * 1_000)}`}
          </span>
          {maintained.length > 0 && <span className={classes.maintenance}>maintenance</span>}
        </span>
        <VisuallyHidden>{summary}</VisuallyHidden>
        <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Show as chart' : 'Show as table'}
        </Button>
      </figcaption>
      {asTable ? (
        <ChartTable title={title} unit={unit} usedWord={usedWord} points={points} maxima={maxima} height={height} />
      ) : (
        <Plot {...props} maintained={maintained} usedWord={usedWord} />
      )}
    </figure>
  )
}

function Plot({
  title,
  unit,
  usedWord,
  points,
  stepSeconds,
  maxima = false,
  fromMs,
  toMs,
  height,
  markers = [],
  bands = [],
  maintained,
  onMarker,
  onZoom,
  onZoomOut,
}: TimeSeriesChartProps & { maintained: readonly ChartBand[]; usedWord: string; height: number }) {
  const { ref, width } = useElementSize()
  const hatching = useId()
  const [zone] = useZone()
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null)
  const data = useMemo(() => withGaps(points, stepSeconds), [points, stepSeconds])
  const yTicks = valueTicks(highest(points), lowest(points))
  const yMin = yTicks[0] ?? 0
  const yMax = yTicks.at(-1) ?? 1
  const plotWidth = width - plot.left - plot.right
  const xTicks = timeTicks(fromMs, toMs, zone, Math.max(2, Math.floor(plotWidth / 86)))
  const measured = points.some((point) => point.used !== null)

  const endDrag = () => {
    if (drag && onZoom && Math.abs(drag.to - drag.from) >= stepSeconds) {
      onZoom(Math.min(drag.from, drag.to) * 1000, Math.max(drag.from, drag.to) * 1000)
    }
    setDrag(null)
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dragging and double-clicking are for the mouse; the range picker does the same by keyboard
    <div
      ref={ref}
      className={classes.box}
      style={{ height }}
      onDoubleClick={onZoomOut}
      onMouseLeave={() => setDrag(null)}
    >
      <CompositeChart
        h={height}
        data={data}
        dataKey="t"
        series={[
          { name: 'used', color: 'var(--tw-chart-used)', type: 'area' },
          { name: 'refused', color: 'var(--tw-chart-refused)', type: 'area' },
          { name: 'limit', color: 'var(--tw-chart-limit)', type: 'line', strokeDasharray: '5 4' },
        ]}
        withDots={false}
        connectNulls={false}
        strokeWidth={1.5}
        curveType="linear"
        tickLine="none"
        strokeDasharray="0"
        areaProps={(series) => ({
          stackId: 'asked',
          // A line on top would draw a red edge where nothing was refused.
          ...(series.name === 'refused' ? { strokeWidth: 0, fillOpacity: 0.75 } : { fillOpacity: 0.22 }),
          activeDot: series.name === 'used',
        })}
        lineProps={() => ({ type: 'stepAfter', activeDot: false })}
        xAxisProps={{
          type: 'number',
          domain: [fromMs / 1000, toMs / 1000],
          allowDataOverflow: true,
          ticks: xTicks,
          interval: 0,
          height: plot.bottom,
          tickFormatter: (t: number) => formatTick(t * 1000, toMs - fromMs, zone),
        }}
        yAxisProps={{
          width: plot.left,
          domain: [yMin, yMax],
          allowDataOverflow: true,
          ticks: yTicks,
          interval: 0,
          tickFormatter: (value: number) => formatSi(value),
        }}
        referenceAreas={[
          ...bandsIn(bands, fromMs, toMs).map((band) => ({
            ...{ x1: band.fromMs / 1000, x2: band.toMs / 1000, color: 'var(--tw-bad)' },
            ...{ fillOpacity: 0.1, strokeOpacity: 0.3 },
          })),
          ...maintained.map((band) => ({
            ...{ x1: band.fromMs / 1000, x2: band.toMs / 1000, color: 'var(--tw-chart-excluded)' },
            ...{ fill: `url(#${hatching})`, fillOpacity: 1 },
          })),
          ...(drag ? [{ x1: drag.from, x2: drag.to, color: 'var(--tw-chart-used)' }] : []),
        ]}
        tooltipProps={{
          // Beside the crosshair, so that it does not hide the peaks, and above the markers.
          position: {},
          wrapperStyle: { zIndex: 1 },
          content: ({ active, label, payload }) =>
            active && typeof label === 'number' ? (
              <ChartHover
                atMs={label * 1000}
                unit={unit}
                usedWord={usedWord}
                point={payload?.[0]?.payload}
                maxima={maxima}
              />
            ) : null,
        }}
        composedChartProps={{
          margin: { top: plot.top, right: plot.right, bottom: 0, left: 0 },
          syncId: 'page',
          syncMethod: 'value',
          title,
          onMouseDown: (state) => {
            const at = Number(state.activeLabel)
            if (onZoom && Number.isFinite(at)) setDrag({ from: at, to: at })
          },
          onMouseMove: (state) => {
            const at = Number(state.activeLabel)
            if (drag && Number.isFinite(at)) setDrag({ from: drag.from, to: at })
          },
          onMouseUp: endDrag,
        }}
      />
      {maintained.length > 0 && <Hatching id={hatching} />}
      {measured ? (
        <DirectLabels data={data} usedWord={usedWord} yMin={yMin} yMax={yMax} height={height} />
      ) : (
        <p className={classes.nothing}>There is no data to show for this range.</p>
      )}
      {plotWidth > 0 && (
        <ChangeMarkers markers={markers} fromMs={fromMs} toMs={toMs} plotWidth={plotWidth} onMarker={onMarker} />
      )}
    </div>
  )
}

/** The pattern of maintenance windows. */
function Hatching({ id }: { id: string }) {
  return (
    <svg width={0} height={0} className={classes.hatching} aria-hidden="true">
      <pattern id={id} width={7} height={7} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <line y2={7} stroke="var(--tw-chart-excluded)" strokeOpacity={0.45} strokeWidth={2} />
      </pattern>
    </svg>
  )
}
