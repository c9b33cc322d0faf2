import type { StatusKind } from '../../components/Status.tsx'
import { formatDateTime, formatDuration, formatExact, formatInteger, plural, type Zone } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { capitalised } from '../../lib/words.ts'

export type SloList = Outputs['sloReads']['list']
export type SloRow = SloList['slos'][number]
export type SloView = Outputs['sloReads']['get']
export type SloHistory = Outputs['sloReads']['history']
export type WhatIf = Outputs['sloReads']['whatIf']
export type Figures = NonNullable<SloRow['figures']>
type Budgeted = Pick<SloRow, 'figures' | 'firing' | 'window'>

/** `99.9 %`, never rounded. */
export const objectiveWords = (objective: number): string => `${Number((objective * 100).toPrecision(10))} %`

/** `30 days`, `this month (Europe/Berlin)`: ends a sentence that begins with *in* or *of*. */
export const windowWords = (window: SloRow['window']): string =>
  'days' in window ? plural(window.days, 'day') : `this ${window.calendar} (${window.timeZone})`

export const kindWords: Record<SloRow['kind'], string> = {
  ratio: 'Ratio',
  latency: 'Latency',
  condition: 'Condition',
}

/** A part of a budget: `73 %`, `under 0.1 %`, `−120 %`. Never 100 % or 0 % if it is not exactly that. */
export function partWords(ratio: number): string {
  const percent = ratio * 100
  if (percent > 0 && percent < 0.1) return 'under 0.1 %'
  if (percent < 0 && percent > -0.1) return 'under 0.1 % too much'
  if (percent > 99.9 && percent < 100) return '99.9 %'
  const shown =
    Math.abs(percent) < 10 || (percent > 99 && percent < 100) ? Math.trunc(percent * 10) / 10 : Math.trunc(percent)
  return `${shown < 0 ? '−' : ''}${formatInteger(Math.abs(Math.trunc(shown)))}${decimal(shown)} %`
}
const decimal = (value: number) => {
  const tenth = Math.round((Math.abs(value) % 1) * 10)
  return tenth === 0 ? '' : `.${tenth}`
}

/** `3.2×`: how many times as fast as the objective allows the budget burns. */
export const burnWords = (burn: number): string => {
  if (burn > 0 && burn < 0.01) return 'under 0.01×'
  return `${formatExact(burn >= 100 ? Math.round(burn) : Number(burn.toPrecision(3)))}×`
}

/** `tenant_id acme`; of a single label by which all are grouped only its value. */
export function groupWords(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels)
  const [first] = entries
  if (!first) return 'events without these labels'
  return entries.length === 1 ? first[1] : entries.map(([name, value]) => `${name} ${value}`).join(', ')
}

/** What is left of the budget, in a few words. */
export function leftWords(figures: Figures | null): string {
  if (figures === null) return 'not known'
  if (figures.leftRatio === null) {
    if (figures.excludedSeconds > 0) return 'nothing counts yet'
    return figures.state === 'unmeasured' ? 'no data yet' : 'no traffic yet'
  }
  if (figures.leftRatio < 0) return `overspent by ${partWords(-figures.leftRatio)}`
  return `${partWords(figures.leftRatio)} left`
}

const firingWords = { page: 'pages', ticket: 'opens a ticket', blind: 'has no data' } as const

/** The state of a budget in a few words: what fires first, then what is known. */
export function stateOf({ figures, firing, window }: Budgeted): { kind: StatusKind; words: string } {
  const fires = firing ?? []
  const severity = (['page', 'ticket', 'blind'] as const).find((one) => fires.some((alert) => alert.severity === one))
  if (severity) {
    const count = fires.filter((alert) => alert.severity === severity && alert.group !== null).length
    return {
      kind: severity === 'page' ? 'bad' : 'warning',
      words: count > 1 ? `${firingWords[severity]} for ${count} groups` : firingWords[severity],
    }
  }
  if (figures === null) return { kind: 'quiet', words: 'not known' }
  if (figures.state === 'unmeasured') return { kind: 'quiet', words: 'no data yet' }
  if (figures.state === 'blind') return { kind: 'warning', words: 'blind: data stopped' }
  if (figures.leftRatio !== null && figures.leftRatio <= 0) return { kind: 'bad', words: 'budget used up' }
  if (figures.lastsSeconds !== null) {
    const soon = figures.lastsSeconds < 86_400
    return {
      kind: soon ? 'bad' : 'warning',
      words: `${'days' in window ? 'runs out' : 'would run out'} in ${formatDuration(figures.lastsSeconds * 1_000)}`,
    }
  }
  if (figures.state === 'withoutTraffic') return { kind: 'quiet', words: 'no traffic in the last hour' }
  return { kind: 'good', words: 'kept' }
}

/** The sentence under the title of the list. */
export function listSentence({ slos, missing }: Pick<SloList, 'slos' | 'missing'>): string {
  if (slos.length === 0) return missing ?? 'There is no SLO.'
  const known = slos.flatMap(({ figures }) => figures ?? [])
  const parts = [
    [
      known.filter(({ leftRatio }) => leftRatio !== null && leftRatio <= 0).length,
      'used up the budget',
      'used up their budgets',
    ],
    [
      known.filter(({ lastsSeconds, leftRatio }) => lastsSeconds !== null && (leftRatio ?? 0) > 0).length,
      'burns its budget too fast',
      'burn their budgets too fast',
    ],
    [known.filter(({ state }) => state === 'blind').length, 'is blind', 'are blind'],
  ] as const
  const unknown = slos.length - known.filter(({ leftRatio }) => leftRatio !== null).length
  const words = parts.flatMap(([count, one, many]) => (count === 0 ? [] : [`${count} ${count === 1 ? one : many}`]))
  const of = plural(slos.length, 'SLO')
  const rest = unknown === 0 ? '' : ` Nothing is measured of ${unknown === slos.length ? 'any of them' : unknown}.`
  if (known.length === 0) return `${of}. ${missing ?? 'Figures are missing.'}`
  if (words.length === 0) return unknown === slos.length ? `${of}.${rest}` : `${of}: no budget runs out.${rest}`
  return `Of ${of} ${words.join(', ')}.${rest}`
}

/** The sentence under the title of an SLO: is it kept, what is left, and for how long. */
export function sloSentence({
  figures,
  definition,
  missing,
}: Pick<SloView, 'figures' | 'definition' | 'missing'>): string {
  const span = windowWords(definition.window)
  if (figures === null) return missing ?? `Nothing was measured of it in ${span}.`
  if (figures.leftRatio === null) {
    const apart = figures.excludedSeconds > 0 ? ' outside of maintenance windows' : ''
    return figures.state === 'unmeasured'
      ? `Nothing was measured in ${span}${apart}.`
      : `There was no traffic in ${span}${apart}.`
  }
  const left =
    figures.leftRatio < 0
      ? `The budget of ${span} is overspent by ${partWords(-figures.leftRatio)} of it.`
      : figures.leftRatio === 0
        ? `The budget of ${span} is used up.`
        : `${partWords(figures.leftRatio)} of the budget of ${span} is left.`
  return [left, burnSentence(figures), blindSentence(figures)].filter(Boolean).join(' ')
}

function burnSentence(figures: Figures): string {
  const { burn, lastsSeconds, leftRatio, excludedSeconds } = figures
  if (burn === null) return `${capitalised(noBurnWords(figures))}.`
  if (burn === 0) return `Nothing ${excludedSeconds > 0 ? 'that counts ' : ''}was bad in the last hour.`
  const rate = `In the last hour it burnt ${timesAsFast(burn)} as the objective allows`
  if ((leftRatio ?? 0) <= 0) return `${rate}.`
  return lastsSeconds === null
    ? `${rate}, so it lasts.`
    : `${rate}; at that rate it runs out in ${formatDuration(lastsSeconds * 1_000)}.`
}

/** Why there is no burn in the last hour. If there was traffic, all of it was in maintenance windows. */
export const noBurnWords = ({ state }: Pick<Figures, 'state'>): string =>
  state === 'measured'
    ? 'there was no traffic outside of maintenance windows in the last hour'
    : 'there was no traffic in the last hour'

/** `6 times as fast` */
const timesAsFast = (burn: number) => (burn === 1 ? 'as fast' : `${burnWords(burn).replace('×', '')} times as fast`)

const blindSentence = ({ state }: Figures) =>
  state === 'blind' ? 'No data comes any more, so nobody knows whether it burns.' : ''

/** What the figures are of, until when, and up to where they can still change. */
export function countedSentence(
  { asOf, settledUntil, stepSeconds }: Pick<SloView, 'asOf' | 'settledUntil' | 'stepSeconds'>,
  zone: Zone,
): string {
  if (asOf === null) return ''
  const step = stepSeconds === 60 ? 'minute' : formatDuration(stepSeconds * 1_000)
  const at = (time: string) => formatDateTime(Date.parse(time), zone)
  const settled =
    settledUntil === null
      ? 'Samples that arrived later are not in it yet.'
      : `Settled until ${at(settledUntil)}: what is older was counted again when no more samples could arrive.`
  return `Counted to ${at(asOf)}, each ${step} soon after its end. ${settled}`
}

/** The part of the window of which there is data, if it is not all. */
export const coverageSentence = ({ measuredRatio, state }: Figures, window: SloRow['window']): string =>
  measuredRatio >= 1 || state === 'unmeasured'
    ? ''
    : `There is data for ${partWords(measuredRatio)} of ${soFar(window)}; the rest counts neither as good nor as bad.`

/** What of the window maintenance excludes, if anything. */
export const excludedSentence = ({ excludedSeconds }: Figures, window: SloRow['window']): string =>
  excludedSeconds === 0
    ? ''
    : `Of ${soFar(window)} ${formatDuration(excludedSeconds * 1_000)} are maintenance and do not count.`

const soFar = (window: SloRow['window']) => ('days' in window ? windowWords(window) : `${windowWords(window)} so far`)

/** That groups have windows of their own, if all groups together are shown. */
export const groupsInMaintenanceSentence = (count: number): string =>
  count === 0
    ? ''
    : `${plural(count, 'group')} ${count === 1 ? 'has maintenance windows of its own' : 'have maintenance windows of their own'}: their time does not count for that group, and the charts of all together do not mark it.`
