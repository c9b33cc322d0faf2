import type { StatusKind } from '../../components/Status.tsx'
import { formatDuration, formatInteger, plural } from '../../lib/format.ts'
import { either } from '../../lib/words.ts'
import { burnWords, type SloHistory } from './words.ts'

type Burn = SloHistory['burns'][number]
export type Episodes = SloHistory['episodes']
export type AlertRow = {
  key: string
  title: string
  long: string
  short: string
  bad: string
  state: { kind: StatusKind; words: string }
}

export const severityWords = { page: 'page', ticket: 'ticket', blind: 'missing data' } as const

/** `which pages from 14.4× on` */
export const burnTitle = ({ severity, factor }: Pick<Burn, 'severity' | 'factor'>): string =>
  `which ${severity === 'page' ? 'pages' : 'opens a ticket'} above ${burnWords(factor)}`

/** The alerts, each with what it compares. */
export function alertRows(burns: readonly Burn[]): AlertRow[] {
  return burns.map((burn, i) => ({
    key: `${i}`,
    title: `${burn.severity === 'page' ? 'Page' : 'Ticket'} above ${burnWords(burn.factor)} in ${formatDuration(burn.longSeconds * 1_000)} and ${formatDuration(burn.shortSeconds * 1_000)}`,
    long: burn.longBurn === null ? 'no traffic' : burnWords(burn.longBurn),
    short: burn.shortBurn === null ? 'no traffic' : burnWords(burn.shortBurn),
    bad: `${formatInteger(burn.badEvents)} of ${formatInteger(burn.badEventsMin)} needed`,
    state: stateOf(burn),
  }))
}

/** The same comparison as that of the rules. */
function stateOf({ longBurn, shortBurn, factor, badEvents, badEventsMin, severity }: Burn): AlertRow['state'] {
  if (longBurn === null || shortBurn === null) return { kind: 'quiet', words: 'can’t fire without traffic' }
  const isOver = longBurn > factor && shortBurn > factor
  if (isOver && badEvents >= badEventsMin) return { kind: severity === 'page' ? 'bad' : 'warning', words: 'fires' }
  if (isOver) return { kind: 'quiet', words: 'too few bad events to fire' }
  if (longBurn > factor) return { kind: 'info', words: 'the short window is below it' }
  return { kind: 'good', words: 'below it' }
}

/** How often and for how long the alerts fired in a range. */
export function firedSentence({ byAlert }: Episodes, words: string): string {
  if (byAlert.length === 0) return `With these alerts nothing would have fired ${words}.`
  const parts = byAlert.map(
    ({ alert, count, seconds }) =>
      `${severityWords[alert]} ${timesWords(count)}, ${formatDuration(seconds * 1_000)} in all`,
  )
  return `By the rules’ own formula these fired ${words}: ${either(parts, 'and')}.`
}

export const timesWords = (count: number): string => (count === 1 ? 'once' : plural(count, 'time'))
