'use client'

import { useRouter } from 'next/navigation'
import { ChartSkeleton, TimeSeriesChart } from '../../components/chart/TimeSeriesChart.tsx'
import { Link } from '../../components/Link.tsx'
import { RangePicker } from '../../components/RangePicker.tsx'
import { Section } from '../../components/Section.tsx'
import { QueryView } from '../../components/StateView.tsx'
import { Time } from '../../components/Time.tsx'
import { rangeWords } from '../../lib/rangeWords.ts'
import { useZone } from '../../lib/timeZone.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { areasOf, badPoints, badScale, expectedSentence, leftPoints, rangeSentence } from './charts.ts'
import { MarkList, markListId } from './MarkList.tsx'
import { bandsOf, type Mark, markersOf, marksOf } from './marks.ts'
import classes from './Slo.module.css'
import { useHistory } from './useHistory.ts'
import { useMarks } from './useMarks.ts'
import { groupsInMaintenanceSentence, type SloHistory, type SloView, windowWords } from './words.ts'

const height = 200

/** The bad events against the objective, and the budget burning down, on one time axis with incidents and changes. */
export function SloCharts({ slo, group, renderedAtMs }: { slo: SloView; group: string | null; renderedAtMs: number }) {
  const { history, range, shownRange, choose, zoom, zoomOut } = useHistory(slo.sloId, group, renderedAtMs)
  const [zone] = useZone()
  const { objective, window } = slo.definition
  const marks = useMarks(slo.sloId, group, shownRange)
  const marked = marks.data ? marksOf(marks.data) : []
  const open = useOpenMarks(marked)
  const shared = {
    ...{ fromMs: shownRange.fromMs, toMs: shownRange.toMs, onZoom: zoom, onZoomOut: zoomOut, height },
    bands: bandsOf(marked),
  }
  return (
    <>
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
                  markers={markersOf(marked)}
                  onMarker={open}
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
      <MarkList marks={marks} words={rangeWords[shownRange.choice]} />
    </>
  )
}

/** Opens the page of what a marker marks. Of several it shows the list. */
function useOpenMarks(marks: readonly Mark[]) {
  const router = useRouter()
  const { set } = useUrlParams()
  return (ids: string[]) => {
    const path = ids.length === 1 ? marks.find(({ id }) => id === ids[0])?.path : null
    if (path) {
      router.push(path)
      return
    }
    set({ marked: ids.join(',') })
    document.getElementById(markListId)?.scrollIntoView({ block: 'start' })
  }
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
