'use client'

import { SegmentedControl } from '@mantine/core'
import { ChartSkeleton, TimeSeriesChart } from '../../components/chart/TimeSeriesChart.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Section.tsx'
import { QueryView } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { formatDuration } from '../../lib/format.ts'
import { rangeWords } from '../../lib/rangeWords.ts'
import { useUrlParam } from '../../lib/urlState.ts'
import { type AlertRow, alertRows, burnTitle, firedSentence } from './alerts.ts'
import { areasOf, burnPoints } from './charts.ts'
import { EpisodeTable } from './EpisodeTable.tsx'
import { useHistory } from './useHistory.ts'
import { groupWords, type SloView } from './words.ts'

const columns: Column<AlertRow>[] = [
  { key: 'alert', title: 'Alert', cell: (row) => row.title },
  { key: 'long', title: 'Burn in the long window', cell: (row) => row.long, align: 'right' },
  { key: 'short', title: 'In the short window', cell: (row) => row.short, align: 'right' },
  { key: 'bad', title: 'Bad events', cell: (row) => row.bad, align: 'right' },
  { key: 'state', title: 'Now', cell: (row) => <Status kind={row.state.kind}>{row.state.words}</Status> },
]

/** What fires, how near each alert is to firing, and when they would have fired in the range. */
export function Alerts({ slo, group, renderedAtMs }: { slo: SloView; group: string | null; renderedAtMs: number }) {
  const { history, shownRange, zoom, zoomOut } = useHistory(slo.sloId, group, renderedAtMs)
  const [chosen, choose] = useUrlParam<string>('burn', '0')
  const { burns: alerts } = slo.definition.alerting
  const inGroups = slo.definition.groupBy.length > 0 && group === null
  const at = Math.min(Math.max(0, alerts.length - 1), Math.max(0, Math.trunc(Number(chosen)) || 0))
  return (
    <Section title="Alerts" sentence={<Firing slo={slo} />}>
      <QueryView query={history} what="the burn rates" skeleton={<ChartSkeleton height={200} />}>
        {(data) => {
          const burn = data.burns[at]
          if (!burn) {
            return (
              <p>
                {inGroups
                  ? `Each group has alerts of its own${slo.urgentGroups.length > 0 ? ': open one to see how fast it burns' : ', and you may see none of them'}.`
                  : data.missing === null
                    ? 'It has no burn alerts, only one for missing data.'
                    : 'Burn rates are not known right now.'}
              </p>
            )
          }
          return (
            <>
              <DataTable
                label="Burn alerts"
                columns={columns}
                rows={alertRows(data.burns)}
                rowKey={(row) => row.key}
                urlPrefix="alerts-"
              />
              {data.burns.length > 1 && (
                <SegmentedControl
                  mt="md"
                  size="xs"
                  aria-label="Alert whose burn rate is drawn"
                  data={data.burns.map((each, i) => ({
                    value: String(i),
                    label: formatDuration(each.longSeconds * 1_000),
                  }))}
                  value={String(at)}
                  onChange={(value) => choose(value)}
                />
              )}
              <TimeSeriesChart
                title={`Burn rate over ${formatDuration(burn.longSeconds * 1_000)}, ${burnTitle(burn)}`}
                unit="×"
                usedWord="burn"
                points={burnPoints(data, at, burn.factor)}
                maintenance={areasOf(data)}
                stepSeconds={data.bucketSeconds}
                maxima={data.bucketSeconds > slo.stepSeconds}
                fromMs={shownRange.fromMs}
                toMs={shownRange.toMs}
                onZoom={zoom}
                onZoomOut={zoomOut}
                height={180}
              />
              <p>
                {firedSentence(data.episodes, rangeWords[shownRange.choice])}
                {data.maintenance.length > 0 &&
                  ' Alerts do not know maintenance windows: these count what happened in them.'}
              </p>
              {data.episodes.newest.length > 0 && <EpisodeTable episodes={data.episodes} label="What fired" />}
            </>
          )
        }}
      </QueryView>
    </Section>
  )
}

function Firing({ slo: { firing, of } }: { slo: SloView }) {
  if (firing === null) return 'What fires is not known right now.'
  const own = firing.filter(({ group }) => of === null || group === null || group.key === of.key)
  if (own.length === 0) return 'Nothing fires that you may see.'
  return own.slice(0, 5).map(({ severity, since, group }) => (
    <span key={`${severity} ${group?.key}`}>
      {{ page: 'A page fires', ticket: 'A ticket fires', blind: 'The alert for missing data fires' }[severity]}
      {group && Object.keys(group.labels).length > 0 && (
        <>
          {' '}
          for <Words text={groupWords(group.labels)} long="cut" />
        </>
      )}
      , since <Time at={since} />.{' '}
    </span>
  ))
}
