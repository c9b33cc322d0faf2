import { formatDateTime, formatExact, formatSi } from '../../lib/format.ts'
import { useZone } from '../../lib/timeZone.ts'
import type { ChartPoint } from './series.ts'
import classes from './TimeSeriesPlot.module.css'

/**
 * The values at the crosshair: time, asked, used, refused, limit. What was asked is unknown if used and refused are
 * maxima: they may be of different times.
 */
export function ChartHover({
  atMs,
  unit,
  usedWord,
  point,
  maxima,
}: {
  atMs: number
  unit: string
  usedWord: string
  point: ChartPoint | undefined
  maxima: boolean
}) {
  const [zone] = useZone()
  const line = (name: string, value: number | null | undefined) =>
    value === null || value === undefined ? null : (
      <div className={classes.hoverLine}>
        <dt>{name}</dt>
        <dd title={formatExact(value, unit)}>{formatSi(value, unit)}</dd>
      </div>
    )
  const refused = point?.refused ?? 0
  return (
    <div className={classes.hover}>
      <div className={classes.hoverTime}>{formatDateTime(atMs, zone)}</div>
      {point === undefined || point.used === null ? (
        <div>nothing measured</div>
      ) : (
        <dl className={classes.hoverList}>
          {refused > 0 && !maxima && line('asked', point.used + refused)}
          {line(maxima ? `${usedWord} at most` : usedWord, point.used)}
          {refused > 0 && line(maxima ? 'refused at most' : 'refused', refused)}
          {line('limit', point.limit)}
        </dl>
      )}
    </div>
  )
}
