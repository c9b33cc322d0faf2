import type { ChartBand, ChartMarker } from '../../components/chart/series.ts'
import { formatDateTime, plural, type Zone } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'

export type Marks = Outputs['incident']['marksOfSlo']

/** An incident, each time that it was not resolved, or a change. */
export type Mark = {
  id: string
  atMs: number
  words: string
  /** Of an incident: when it was resolved; `open` while it is not. */
  ended: number | 'open' | null
  reason: string | null
  path: string | null
}

/** The newest first. */
export function marksOf({ incidents, changes }: Marks): Mark[] {
  const opened = incidents.flatMap(({ number, title, path, spans }) =>
    spans.map(
      ({ from, to }): Mark => ({
        ...{ id: `incident/${number}/${from}`, atMs: Date.parse(from), reason: null, path },
        ...{ words: `Incident ${number}: ${title}`, ended: to === null ? 'open' : Date.parse(to) },
      }),
    ),
  )
  const changed = changes.map(
    ({ id, at, title, reason, path }): Mark => ({
      ...{ id, atMs: Date.parse(at), words: title, ended: null, reason, path },
    }),
  )
  return [...opened, ...changed].toSorted((a, b) => b.atMs - a.atMs)
}

export const markersOf = (marks: readonly Mark[]): ChartMarker[] =>
  marks.map(({ id, atMs, words, reason, ended }) => ({
    ...{ id, at: atMs, change: reason === null ? words : `${words}: ${reason}` },
    ...(ended === null ? {} : { isIncident: true }),
  }))

/** The times of incidents. One that is not resolved goes on to the end of the chart. */
export const bandsOf = (marks: readonly Mark[]): ChartBand[] =>
  marks.flatMap(({ atMs, ended }) =>
    ended === null ? [] : [{ fromMs: atMs, toMs: ended === 'open' ? Number.MAX_SAFE_INTEGER : ended }],
  )

const whose = {
  all: '',
  own: ' Of your tenants only: what harmed them, and what changed them.',
  none: ' You may see none of them, because they name tenants.',
} as const satisfies Record<Marks['of'], string>

/** The sentence above the list. @param words of the range: *in the last 30 days* */
export function marksSentence({ of, incidents, changes, changesSince }: Marks, words: string, zone: Zone): string {
  if (of === 'none') return `The charts mark incidents and changes.${whose.none}`
  const counted = `${plural(incidents.length, 'incident')} and ${plural(changes.length, 'change')} ${words}.`
  const cut =
    changesSince === null
      ? ''
      : ` There are more changes: those before ${formatDateTime(Date.parse(changesSince), zone)} are not marked.`
  return `${counted}${cut}${whose[of]}`
}
