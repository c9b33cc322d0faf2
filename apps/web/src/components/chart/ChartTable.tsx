import { capitalised } from '../../lib/words.ts'
import { Num } from '../Num.tsx'
import { Time } from '../Time.tsx'
import type { ChartPoint } from './series.ts'
import classes from './TimeSeriesPlot.module.css'

/** The numbers of a chart, newest first. */
export function ChartTable({
  title,
  unit,
  usedWord,
  points,
  maxima,
  height,
}: {
  title: string
  unit: string
  usedWord: string
  points: readonly ChartPoint[]
  maxima: boolean
  height: number
}) {
  const hasRefused = points.some(({ refused }) => refused !== null)
  const hasLimit = points.some(({ limit }) => limit !== null)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className={classes.tableBox} style={{ height }} tabIndex={0} aria-label={`${title} as a table`}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">
              {capitalised(usedWord)}
              {maxima && ' at most'}, {unit}
            </th>
            {hasRefused && (
              <th scope="col">
                Refused{maxima && ' at most'}, {unit}
              </th>
            )}
            {hasLimit && <th scope="col">Limit, {unit}</th>}
          </tr>
        </thead>
        <tbody>
          {[...points].reverse().map((point) => (
            <tr key={point.t}>
              <th scope="row">
                <Time at={point.t * 1000} exact />
              </th>
              <td>
                <Num value={point.used} />
              </td>
              {hasRefused && (
                <td>
                  <Num value={point.refused} />
                </td>
              )}
              {hasLimit && (
                <td>
                  <Num value={point.limit} style="integer" />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
