import { reasonFault } from '@tickwatch/policy'
import { formatDuration, formatInteger, plural } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { groupWords, partWords } from '../slo/words.ts'

export type Maintenance = Outputs['maintenance']['current']['windows'][number]
type Preview = Outputs['maintenance']['preview']
type About = { sloId: string | null; title?: string | null; labels: Record<string, string> | null }

/** What the drawer for a window sends, without the reason. */
export type WindowInput = { sloId: string | null; group: string | null; startsAt: string; endsAt: string }

/** The input of the API, shared by the page and the server that prefetches for it. */
export const pastInput = (get: (key: string) => string | null) => ({ cursor: get('cursor'), pageSize: 50 })

/** The key of a group, as the API has it in lists of groups. */
export const groupKeyOf = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))

/** What a window is of: `all SLOs`, `Graphs are current`, `Graphs are current: acme`. */
export const aboutWords = ({ sloId, title, labels }: About): string =>
  sloId === null ? 'all SLOs' : `${title ?? sloId}${labels === null ? '' : `: ${groupWords(labels)}`}`

export const lengthWords = ({ startsAt, endsAt }: Pick<WindowInput, 'startsAt' | 'endsAt'>): string =>
  formatDuration(Date.parse(endsAt) - Date.parse(startsAt))

/** That a window was approved after it had begun, so that what had been counted of it stopped to count. Empty if it was not. */
export const lateWords = ({ approvedLateSeconds }: Pick<Maintenance, 'approvedLateSeconds'>): string =>
  approvedLateSeconds > 0 ? `approved ${formatDuration(approvedLateSeconds * 1_000)} after it began` : ''

/** The sentence under the title of the page. @param seesAll false if there may be windows that the person may not see */
export function currentSentence({ windows, requests }: Outputs['maintenance']['current'], seesAll: boolean): string {
  const holding = windows.filter(({ state }) => state === 'holds').length
  const coming = windows.length - holding
  const parts = [
    holding === 0
      ? `No window ${seesAll ? '' : 'that you may see '}holds now`
      : `${plural(holding, 'window')} ${holding === 1 ? 'holds' : 'hold'} now`,
    ...(coming === 0 ? [] : [`${coming} ${coming === 1 ? 'is' : 'are'} coming`]),
    ...(requests.length === 0
      ? []
      : [`${requests.length} ${requests.length === 1 ? 'waits' : 'wait'} for an approval`]),
  ]
  return `${parts.join(', ')}.`
}

/** What is typed into the drawer. `labels` are the values of the labels by which the SLO groups; empty is all groups. */
export type Texts = { sloId: string; labels: Record<string, string>; startMs: number; endMs: number; reason: string }
type Faults = { labels: string | null; start: string | null; end: string | null; reason: string | null }

/** Reads the drawer. How long and how early a window may be, the API says. */
export function readTexts(
  { sloId, labels, startMs, endMs, reason }: Texts,
  groupBy: readonly string[],
): { window: WindowInput | null; faults: Faults } {
  const values = Object.fromEntries(groupBy.map((name) => [name, labels[name]?.trim() ?? '']))
  const filled = Object.values(values).filter((value) => value !== '').length
  const faults: Faults = {
    labels: filled > 0 && filled < groupBy.length ? 'Fill in all of these, or none.' : null,
    start: Number.isFinite(startMs) ? null : 'Enter a time.',
    end: Number.isFinite(endMs) ? (endMs <= startMs ? 'Enter a time after the beginning.' : null) : 'Enter a time.',
    reason: reasonFault(reason),
  }
  if (faults.labels !== null || faults.start !== null || faults.end !== null) return { window: null, faults }
  const window = {
    sloId: sloId === '' ? null : sloId,
    group: filled === 0 ? null : groupKeyOf(values),
    startsAt: new Date(startMs).toISOString(),
    endsAt: new Date(endMs).toISOString(),
  }
  return { window, faults }
}

/** A sentence about the SLO of a title, or about all of them. */
type PreviewSentence = { title: string | null; sentence: string }
const ofAll = (sentence: string): PreviewSentence[] => [{ title: null, sentence }]

/** What a window excludes of what is counted, SLO by SLO; those with the most bad events first. */
export function previewSentences({ slos, missing }: Preview, isFuture: boolean): PreviewSentence[] {
  if (missing !== null) return ofAll(missing)
  if (isFuture) return ofAll('It lies in the future, so nothing that was counted changes.')
  const changed = slos.filter(({ total, bad }) => total > 0 || bad > 0).toSorted((a, b) => b.bad - a.bad)
  if (changed.length === 0) return ofAll('Nothing was counted in it so far.')
  const shown = changed.slice(0, 8).map(({ title, total, bad, leftRatio, leftRatioThen }) => {
    const left = `${leftWords(leftRatio)} → ${leftWords(leftRatioThen)}`
    const sentence = `${formatInteger(total)} events, ${formatInteger(bad)} of them bad, do not count any more. Budget left: ${left}.`
    return { title, sentence }
  })
  const more = changed.length - shown.length
  return more === 0 ? shown : [...shown, ...ofAll(`And ${plural(more, 'more SLO')}.`)]
}

const leftWords = (ratio: number | null) => (ratio === null ? 'nothing counts' : partWords(ratio))
