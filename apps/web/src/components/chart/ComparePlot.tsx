'use client'

import '@mantine/charts/styles.css'
import { CompositeChart } from '@mantine/charts'
import { Button, VisuallyHidden } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { useState } from 'react'
import { formatDateTime, formatDuration, formatExact, formatSi, formatTick } from '../../lib/format.ts'
import { useZone } from '../../lib/timeZone.ts'
import { Num } from '../Num.tsx'
import { Time } from '../Time.tsx'
import { plot } from './ChartOverlay.tsx'
import {
  type CompareChartProps,
  type ComparedPoint,
  highestOf,
  sides,
  summariseCompared,
  withComparedGaps,
} from './compare.ts'
import { spreadLabels, timeTicks, valueTicks } from './scale.ts'
import classes from './TimeSeriesPlot.module.css'

/** The chart itself. Pages use `CompareChart`, which loads this after the first paint. */
export function ComparePlot(props: CompareChartProps) {
  const { title, unit, stepSeconds } = props
  const [asTable, setAsTable] = useState(false)
  const [zone] = useZone()
  return (
    <figure className={classes.figure}>
      <figcaption className={classes.head}>
        <span>
          <span className={classes.title}>{title}</span>{' '}
          <span className={classes.unit}>
            {unit} every {formatDuration(stepSeconds * 1_000)}
          </span>
        </span>
        <VisuallyHidden>{summariseCompared(props, zone)}</VisuallyHidden>
        <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Show as chart' : 'Show as table'}
        </Button>
      </figcaption>
      {asTable ? <Table {...props} /> : <Plot {...props} />}
    </figure>
  )
}

function Plot({ title, unit, points, stepSeconds, fromMs, toMs, height }: CompareChartProps) {
  const { ref, width } = useElementSize()
  const [zone] = useZone()
  const data = withComparedGaps(points, stepSeconds)
  const ticks = valueTicks(highestOf(points))
  const top = ticks.at(-1) ?? 1
  const plotWidth = width - plot.left - plot.right
  return (
    <div ref={ref} className={classes.box} style={{ height }}>
      <CompositeChart
        h={height}
        data={data}
        dataKey="t"
        series={[
          { name: 'baseline', color: 'var(--tw-chart-limit)', type: 'line', strokeDasharray: '5 4' },
          { name: 'canary', color: 'var(--tw-chart-used)', type: 'line' },
        ]}
        withDots={false}
        connectNulls={false}
        strokeWidth={1.5}
        curveType="linear"
        tickLine="none"
        strokeDasharray="0"
        xAxisProps={{
          type: 'number',
          domain: [fromMs / 1000, toMs / 1000],
          allowDataOverflow: true,
          ticks: timeTicks(fromMs, toMs, zone, Math.max(2, Math.floor(plotWidth / 90))),
          interval: 0,
          height: plot.bottom,
          tickFormatter: (t: number) => formatTick(t * 1000, toMs - fromMs, zone),
        }}
        yAxisProps={{
          width: plot.left,
          domain: [0, top],
          allowDataOverflow: true,
          ticks,
          interval: 0,
          tickFormatter: (value: number) => formatSi(value),
        }}
        tooltipProps={{
          position: {},
          wrapperStyle: { zIndex: 1 },
          content: ({ active, label, payload }) =>
            active && typeof label === 'number' ? (
              <Hover atMs={label * 1000} unit={unit} point={payload?.[0]?.payload} />
            ) : null,
        }}
        composedChartProps={{
          margin: { top: plot.top, right: plot.right, bottom: 0, left: 0 },
          syncId: 'page',
          syncMethod: 'value',
          title,
        }}
      />
      <Labels points={points} top={top} height={height} />
    </div>
  )
}

/** Names each line beside its end, instead of a legend. */
function Labels({ points, top, height }: { points: readonly ComparedPoint[]; top: number; height: number }) {
  const shown = sides.flatMap((side) => {
    const last = points.findLast((point) => point[side] !== null)?.[side] ?? null
    return last === null ? [] : [{ side, last }]
  })
  const tops = spreadLabels(
    shown.map(({ last }) => plot.top + (1 - Math.min(1, last / top)) * (height - plot.top - plot.bottom)),
    14,
    plot.top,
    height - plot.bottom,
  )
  return (
    <div aria-hidden="true">
      {shown.map(({ side }, i) => (
        <span
          key={side}
          className={classes.label}
          data-series={side === 'canary' ? 'used' : 'limit'}
          style={{ top: tops[i] }}
        >
          {side}
        </span>
      ))}
    </div>
  )
}

function Hover({ atMs, unit, point }: { atMs: number; unit: string; point: ComparedPoint | undefined }) {
  const [zone] = useZone()
  return (
    <div className={classes.hover}>
      <div className={classes.hoverTime}>{formatDateTime(atMs, zone)}</div>
      <dl className={classes.hoverList}>
        {sides.map((side) => {
          const value = point?.[side] ?? null
          return (
            <div key={side} className={classes.hoverLine}>
              <dt>{side}</dt>
              <dd {...(value === null ? {} : { title: formatExact(value, unit) })}>
                {value === null ? 'not measured' : formatSi(value, unit)}
              </dd>
            </div>
          )
        })}
      </dl>
    </div>
  )
}

/** The numbers of the chart, the newest first. */
function Table({ title, unit, points, height }: CompareChartProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className={classes.tableBox} style={{ height }} tabIndex={0} aria-label={`${title} as a table`}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Canary, {unit}</th>
            <th scope="col">Baseline, {unit}</th>
          </tr>
        </thead>
        <tbody>
          {points.toReversed().map(({ t, canary, baseline }) => (
            <tr key={t}>
              <th scope="row">
                <Time at={t * 1000} exact />
              </th>
              <td>
                <Num value={canary} />
              </td>
              <td>
                <Num value={baseline} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
