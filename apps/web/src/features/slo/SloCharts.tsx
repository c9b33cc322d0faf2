'use client'

import { ChartSkeleton, TimeSeriesChart } from '../../components/chart/TimeSeriesChart.tsx'
import { Link } from '../../components/Link.tsx'
import { RangePicker } from '../../components/RangePicker.tsx'
import { Section } from '../../components/Section.tsx'
import { QueryView } from '../../components/StateView.tsx'
import { Time } from '../../components/Time.tsx'
import { rangeWords } from '../../lib/rangeWords.ts'
import { useZone } from '../../lib/timeZone.ts'
import { areasOf, badPoints, badScale, expectedSentence, leftPoints, rangeSentence } from './charts.ts'
import classes from './Slo.module.css'
import { useHistory } from './useHistory.ts'
import { groupsInMaintenanceSentence, type SloHistory, type SloView, windowWords } from './words.ts'

const height = 200

/** The bad events against the objective, and the budget burning down, on one time axis. */
export function SloCharts({ slo, group, renderedAtMs }: { slo: SloView; group: string | null; renderedAtMs: number }) {
  const { history, range, shownRange, choose, zoom, zoomOut } = useHistory(slo.sloId, group, renderedAtMs)
  const [zone] = useZone()
  const { objective, window } = slo.definition
  const shared = {
    ...{ fromMs: shownRange.fromMs, toMs: shownRange.toMs, onZoom: zoom, onZoomOut: zoomOut, height },
  }
  return (
    <Section
      title="Over time"
      sentence={history.data ? rangeSentence(history.data, slo, rangeWords[shownRange.choice], zone) : '\u00a0'}
      action={<RangePicker range={range} onChoose={choose} onCustom={zoom} />}
    >
      <QueryView query={history} what="the history of this SLO" skeleton={<ChartSkeleton height={2 * height} />}>
        {(data) =>
          data.points.length > 0 && (
            <div className={classes.charts}>
              <TimeSeriesChart
                {...shared}
                title="Bad events"
                unit={badScale(objective).unit}
                usedWord="bad"
                points={badPoints(data, objective)}
                maintenance={areasOf(data)}
                stepSeconds={data.bucketSeconds}
              />
              <TimeSeriesChart
                {...shared}
                title="Budget left"
                unit="%"
                usedWord="left"
                points={leftPoints(data)}
                maintenance={areasOf(data)}
                stepSeconds={data.bucketSeconds}
              />
              <p className={classes.notes}>
                At the beginning of the window of {windowWords(window)} all of the budget is left.{' '}
                {data.budget && expectedSentence(data.budget, window)}
              </p>
              <Excluded history={data} />
            </div>
          )
        }
      </QueryView>
    </Section>
  )
}

const windowsNamed = 5

/** The maintenance windows in the range, in words: the charts only mark them. */
function Excluded({ history: { maintenance, groupsInMaintenance } }: { history: SloHistory }) {
  if (maintenance.length === 0 && groupsInMaintenance === 0) return null
  const more = maintenance.length - windowsNamed
  return (
    <p className={classes.notes}>
      {maintenance.slice(-windowsNamed).map(({ id, startsAt, until }) => (
        <span key={id}>
          Maintenance from <Time at={startsAt} exact /> to <Time at={until} exact /> does not count for the budget.{' '}
        </span>
      ))}
      {more > 0 && `Nor do ${more} windows before. `}
      {groupsInMaintenanceSentence(groupsInMaintenance)} <Link href="/maintenance">Maintenance windows</Link>
    </p>
  )
}
