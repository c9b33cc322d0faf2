import type { StatusKind } from '../../components/Status.tsx'
import { formatDate, formatDuration, formatInteger, plural } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { either } from '../../lib/words.ts'
import { partWords } from '../slo/words.ts'

export type StatusView = Outputs['status']['get']
export type StatusSlo = StatusView['slos'][number]
export type StatusIncidents = NonNullable<StatusView['incidents']>
export type StatusIncident = StatusIncidents['open'][number]
export type StatusDay = NonNullable<StatusSlo['days']>[number]

/** The state of an SLO. A time may follow: since when it burns, or when it was last measured. */
export const stateWords: Record<StatusSlo['state'], { kind: StatusKind; words: string; before: string }> = {
  good: { kind: 'good', words: 'As promised', before: '' },
  burning: { kind: 'bad', words: 'Not as promised', before: ', since ' },
  idle: { kind: 'quiet', words: 'Not used in the last hour', before: '' },
  unknown: { kind: 'warning', words: 'Not known', before: ', last measured ' },
}

/**
 * All SLOs in one sentence. What nobody knows is not called good.
 * @param openIncidents how many incidents are not resolved, as far as that is known now
 */
export function overallSentence(
  slos: readonly Pick<StatusSlo, 'title' | 'state'>[],
  openIncidents: number,
): { kind: StatusKind; text: string } {
  const titles = (state: StatusSlo['state']) => slos.filter((slo) => slo.state === state).map(({ title }) => title)
  const [burning, unknown] = [titles('burning'), titles('unknown')]
  if (slos.length === 0) return { kind: 'quiet', text: 'No SLO is shown here.' }
  const notKnown = unknown.length === 0 ? '' : ` Not known: ${either(unknown, 'and')}.`
  if (burning.length > 0) return { kind: 'bad', text: `Not as promised now: ${either(burning, 'and')}.${notKnown}` }
  if (unknown.length === slos.length) return { kind: 'warning', text: 'Nothing is known now.' }
  if (unknown.length > 0) return { kind: 'warning', text: `All that is known is as promised.${notKnown}` }
  if (openIncidents === 0) return { kind: 'good', text: 'All is as promised.' }
  const are = openIncidents === 1 ? 'is' : 'are'
  return {
    kind: 'warning',
    text: `All is as promised now, but ${plural(openIncidents, 'incident')} ${are} not resolved yet.`,
  }
}

const partly = ({ measuredRatio, state }: StatusDay) => state !== 'withoutData' && measuredRatio < 0.995

/** Whether the bar of a day is pale: of a good part of the day nothing is known. */
export const isPale = (day: StatusDay): boolean => day.state !== 'withoutData' && day.measuredRatio < 0.9

/** A day in a few words. */
export function dayWords(day: StatusDay): string {
  const words =
    day.state === 'withoutData'
      ? 'not measured'
      : day.badRatio === null
        ? 'no traffic'
        : day.badRatio === 0
          ? 'nothing was bad'
          : `${partWords(day.badRatio)} was bad`
  const measured = partly(day) ? `, measured ${partWords(day.measuredRatio)} of the day` : ''
  return `${formatDate(Date.parse(day.date), 'UTC')}: ${words}${measured}`
}

const listedMax = 5

/** What the bars show. */
export function daysSentence(days: readonly StatusDay[]): string {
  const broken = days.filter(({ state }) => state === 'broken')
  const unmeasured = days.filter(({ state }) => state === 'withoutData').length
  const measured = days.length - unmeasured
  if (measured === 0) return `Nothing was measured in ${plural(days.length, 'day')}.`
  const listed = broken
    .toReversed()
    .slice(0, listedMax)
    .map(({ date }) => formatDate(Date.parse(date), 'UTC'))
  const more = broken.length - listed.length
  const dates = either(more > 0 ? [...listed, `${more} before`] : listed, 'and')
  const first = `${plural(measured, 'day')} of ${days.length} ${measured === 1 ? 'was' : 'were'} measured.`
  if (broken.length === 0) return `${first} On none of them more was bad than promised.`
  return `${first} More was bad than promised on ${dates}.`
}

/** What comes after the title of an incident's SLO: a sentence with a time in it, and what else is known. */
export function incidentWords(incident: StatusIncident): {
  kind: StatusKind
  before: string
  at: string
  after: string
} {
  const { state, beganAt, resolvedAt, beganBlind } = incident
  const more = moreOf(incident)
  if (resolvedAt !== null) {
    const lasted = formatDuration(Date.parse(resolvedAt) - Date.parse(beganAt))
    const before = ` ${beganBlind ? 'had no data' : 'was not as promised'}. That was resolved `
    return { kind: 'good', before, at: resolvedAt, after: `, after ${lasted}.${more}` }
  }
  if (state === 'burning') return { kind: 'bad', before: ' is not as promised, since ', at: beganAt, after: `.${more}` }
  const now =
    state === 'blind' ? '. There is no data now, so nobody knows whether it is over.' : ' and is not resolved yet.'
  return { kind: 'warning', before: ' has an incident that began ', at: beganAt, after: `${now}${more}` }
}

function moreOf({ episode, acknowledged, tenants }: StatusIncident): string {
  const times = episode - 1
  const often = times === 1 ? 'once' : times === 2 ? 'twice' : `${formatInteger(times)} times`
  const names = tenants && tenants.count > 0 ? listed(tenants.names, tenants.count) : null
  return [
    times > 0 ? ` It came back ${often}.` : '',
    acknowledged ? ' Somebody works on it.' : '',
    names === null ? '' : ` It concerns ${names}.`,
  ].join('')
}

const tenantsMax = 10
/** For which tenants it burns, if the reader may see their names; otherwise nothing. */
export function tenantsWords({ tenants }: Pick<StatusSlo, 'tenants'>): string {
  if (!tenants || tenants.length === 0) return ''
  return ` for ${listed(tenants.slice(0, tenantsMax), tenants.length)}`
}

/** @param names the first of `count` */
const listed = (names: readonly string[], count: number): string =>
  either(count > names.length ? [...names, `${formatInteger(count - names.length)} more`] : names, 'and')
