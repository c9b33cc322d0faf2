'use client'

import { Tooltip } from '@mantine/core'
import { formatSi } from '../../lib/format.ts'
import { beginning } from '../../lib/words.ts'
import { Words } from '../Words.tsx'
import { groupMarkers, spreadLabels } from './scale.ts'
import type { ChartMarker } from './series.ts'
import classes from './TimeSeriesPlot.module.css'

/** The space around the plot in its box, in pixels. Markers and labels, which are drawn over it, need these numbers. */
export const plot = { left: 58, right: 72, top: 26, bottom: 30 }
const labelHeight = 14
/** Two markers that are nearer than this are too close for a finger (WCAG 2.2, target size). */
const markersApartPx = 24
/** A marker for several changes names at most this many. */
const namesShown = 6

/** Names each series beside its end, instead of a legend. The limit has its number too. */
export function DirectLabels({
  data,
  usedWord,
  yMin,
  yMax,
  height,
}: {
  data: readonly { used: number | null; refused: number | null; limit: number | null }[]
  usedWord: string
  yMin: number
  yMax: number
  height: number
}) {
  const y = (value: number) =>
    plot.top + (1 - Math.min(1, (value - yMin) / (yMax - yMin))) * (height - plot.top - plot.bottom)
  const last = data.findLast((point) => point.used !== null)
  const limit = data.findLast((point) => point.limit !== null)?.limit ?? null
  const used = last?.used ?? 0
  const refused = last?.refused ?? 0
  const labels = [
    // Refused is stacked on used, so its label is at the middle of its band.
    ...(refused > 0 ? [{ series: 'refused', words: 'refused', at: y(used + refused / 2) }] : []),
    ...(limit !== null ? [{ series: 'limit', words: `limit ${formatSi(limit)}`, at: y(limit) }] : []),
    { series: 'used', words: usedWord, at: y(used) },
  ]
  const tops = spreadLabels(
    labels.map((label) => label.at),
    labelHeight,
    plot.top,
    height - plot.bottom,
  )
  return (
    <div aria-hidden="true">
      {labels.map(({ series, words }, i) => (
        <span key={series} className={classes.label} data-series={series} style={{ top: tops[i] }}>
          {words}
        </span>
      ))}
    </div>
  )
}

/** Past changes as thin vertical lines. Lines that would cover each other become one. */
export function ChangeMarkers({
  markers,
  fromMs,
  toMs,
  plotWidth,
  onMarker,
}: {
  markers: readonly ChartMarker[]
  fromMs: number
  toMs: number
  plotWidth: number
  onMarker: ((ids: string[]) => void) | undefined
}) {
  const shown = markers.filter(({ at }) => at >= fromMs && at <= toMs)
  return groupMarkers(shown, (markersApartPx / plotWidth) * (toMs - fromMs)).map((group) => (
    <Marker key={group[0].id} group={group} fromMs={fromMs} toMs={toMs} onMarker={onMarker} />
  ))
}

/** The marker of one change, or of several that followed each other closely. Hover names them, a click opens them. */
function Marker({
  group,
  fromMs,
  toMs,
  onMarker,
}: {
  group: readonly [ChartMarker, ...ChartMarker[]]
  fromMs: number
  toMs: number
  onMarker: ((ids: string[]) => void) | undefined
}) {
  const newest = group.at(-1) ?? group[0]
  const part = (newest.at - fromMs) / (toMs - fromMs)
  const newestFirst = group.toReversed()
  const more = group.length - namesShown
  const ofIncidents = group.filter(({ isIncident }) => isIncident).length
  const label = newestFirst
    .map(({ change, who }) => (who ? `${change} by ${beginning(who.name)}: ${beginning(who.reason)}` : change))
    .join('; ')
  return (
    <div
      className={classes.marker}
      style={{ left: `calc(${plot.left}px + (100% - ${plot.left + plot.right}px) * ${part})`, bottom: plot.bottom }}
    >
      <Tooltip
        label={
          <>
            {newestFirst.slice(0, namesShown).map(({ id, change, who }) => (
              <div key={id}>
                <Words text={change} long="cut" />
                {who && (
                  <>
                    {' '}
                    by <Words text={who.name} long="cut" />: <Words text={who.reason} long="cut" />
                  </>
                )}
              </div>
            ))}
            {more > 0 && <div>and {more} more</div>}
          </>
        }
        multiline
        maw={360}
        withArrow
        events={{ hover: true, focus: true, touch: true }}
      >
        <button
          type="button"
          className={classes.markerButton}
          data-several={group.length > 1 || undefined}
          data-incident={ofIncidents > 0 || undefined}
          aria-label={`${nameOf(group.length, ofIncidents)}: ${label}`}
          onClick={() => onMarker?.(group.map((marker) => marker.id))}
        >
          {group.length > 1 && <span>{group.length}</span>}
        </button>
      </Tooltip>
    </div>
  )
}

const nameOf = (count: number, ofIncidents: number) => {
  if (count === 1) return ofIncidents === 1 ? 'Incident' : 'Change'
  if (ofIncidents === count) return `${count} incidents`
  return `${count} ${ofIncidents === 0 ? 'changes' : 'incidents and changes'}`
}
