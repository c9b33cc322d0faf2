'use client'

import { useState } from 'react'
import { ChartSkeleton, TimeSeriesChart } from '../../components/chart/TimeSeriesChart.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Num } from '../../components/Num.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { Words } from '../../components/Words.tsx'
import { timesWords } from './alerts.ts'
import { badScale } from './charts.ts'
import { type Preview, previewPoints, previewSentence } from './preview.ts'
import classes from './Slo.module.css'
import type { useSloEdit } from './useSloEdit.ts'
import { groupWords, partWords } from './words.ts'

type Group = NonNullable<Preview['groups']>['worst'][number]

const columns: Column<Group>[] = [
  { key: 'group', title: 'Group', cell: ({ labels }) => <Words text={groupWords(labels)} long="cut" /> },
  { key: 'events', title: 'Events', cell: ({ total }) => <Num value={total} style="integer" />, align: 'right' },
  { key: 'bad', title: 'Bad', cell: ({ bad, total }) => (total > 0 ? partWords(bad / total) : '–'), align: 'right' },
  {
    key: 'fired',
    title: 'Would have fired',
    cell: ({ fired }) => (fired === 0 ? 'never' : timesWords(fired)),
    align: 'right',
  },
]

/** What the definition in the form would have counted in the last days, and what would have fired. */
export function SloPreview({
  form,
}: {
  form: Pick<ReturnType<typeof useSloEdit>, 'preview' | 'objective' | 'isAsking'>
}) {
  const { preview, objective, isAsking } = form
  const [last, keep] = useState<Preview | null>(null)
  if (preview.data && preview.data !== last) keep(preview.data)
  const shown = preview.data ?? (isAsking || preview.isFetching ? last : null)
  if (preview.error)
    return <ErrorState error={preview.error} what="There is no preview" lost="What you typed is kept." />
  if (!shown || objective === null) {
    if (preview.isFetching) return <ChartSkeleton height={180} />
    return <p className={classes.prose}>It is shown when the SLI and the objective have values that are allowed.</p>
  }
  if (shown.faults.length > 0)
    return (
      <ul className={classes.faults}>
        {shown.faults.map(({ path, message }) => (
          <li key={path.join('.')}>{message}</li>
        ))}
      </ul>
    )
  return (
    <>
      <p className={classes.prose}>{previewSentence(shown, objective)}</p>
      {shown.span && shown.points.length > 0 && (
        <TimeSeriesChart
          title="Bad events"
          unit={badScale(objective).unit}
          usedWord="bad"
          points={previewPoints(shown, objective)}
          stepSeconds={shown.bucketSeconds}
          fromMs={Date.parse(shown.span.from)}
          toMs={Date.parse(shown.span.to)}
          height={180}
        />
      )}
      {shown.groups && shown.groups.worst.length > 0 && (
        <DataTable
          label={
            shown.groups.count > shown.groups.worst.length ? `The worst of ${shown.groups.count} groups` : 'Groups'
          }
          columns={columns}
          rows={shown.groups.worst}
          rowKey={({ key }) => key}
          urlPrefix="preview-"
        />
      )}
      <p className={classes.notes}>
        Counted from the series as they are stored, by the same query as the rule’s, as if counting had begun with this
        time. Alerts with longer windows would know more.
      </p>
    </>
  )
}
