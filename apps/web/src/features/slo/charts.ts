import type { ChartBand, ChartPoint } from '../../components/chart/series.ts'
import { formatDateTime, formatInteger, type Zone } from '../../lib/format.ts'
import { partWords, type SloHistory, type SloView, windowWords } from './words.ts'

/** In what the part of bad events is shown, so that the objective’s is a number that a person can read. */
export function badScale(objective: number): { unit: string; factor: number } {
  return objective > 0.9995 ? { unit: 'per million', factor: 1_000_000 } : { unit: '%', factor: 100 }
}

/** The part of events that were bad in each point, and what the objective allows. */
export function badPoints({ points }: SloHistory, objective: number): ChartPoint[] {
  const { factor } = badScale(objective)
  const limit = Number(((1 - objective) * factor).toPrecision(10))
  return points.map(({ t, bad, total }) => ({
    t,
    used: bad === null || total === null || total <= 0 ? null : Math.min(1, Math.max(0, bad / total)) * factor,
    refused: null,
    limit,
  }))
}

/** The maintenance windows that a chart marks. */
export const areasOf = ({ maintenance }: SloHistory): ChartBand[] =>
  maintenance.map(({ startsAt, until }) => ({ fromMs: Date.parse(startsAt), toMs: Date.parse(until) }))

/** What is left of the budget of the window, in per cent. */
export const leftPoints = ({ points }: SloHistory): ChartPoint[] =>
  points.map(({ t, left }) => ({ t, used: left === null ? null : left * 100, refused: null, limit: null }))

/** The highest burn of an alert’s long window in each point, and the factor above which it can fire. */
export const burnPoints = ({ points }: SloHistory, alert: number, factor: number): ChartPoint[] =>
  points.map(({ t, burns }) => ({ t, used: burns[alert] ?? null, refused: null, limit: factor }))

/** The sentence above the charts: what was bad in the range, and where its data begins and has gaps. */
export function rangeSentence(
  history: SloHistory,
  slo: Pick<SloView, 'definition'>,
  words: string,
  zone: Zone,
): string {
  if (history.missing !== null) return history.missing
  const measured = history.points.filter(({ total }) => total !== null)
  const [first] = measured
  if (!first) return `Nothing was measured ${words}.`
  const bad = measured.reduce((sum, point) => sum + (point.bad ?? 0), 0)
  const total = measured.reduce((sum, point) => sum + (point.total ?? 0), 0)
  const gap = history.points.length - measured.length
  const since =
    first === history.points[0] ? '' : `, in which data begins before ${formatDateTime(first.t * 1_000, zone)}`
  if (total === 0) return `There was no traffic ${words}${since}.`
  const allowed = 1 - slo.definition.objective
  const part =
    bad === 0
      ? `Nothing was bad ${words}${since}.`
      : `${partWords(bad / total)} of the events were bad ${words}${since}; ${partWords(allowed)} may be.`
  return since === '' && gap > 0 ? `${part} There are gaps without data.` : part
}

/** Of a window of the calendar, whose traffic is not over: what is left of the budget that it will probably have. */
export function expectedSentence(
  { expected, leftRatio, total }: NonNullable<SloHistory['budget']>,
  window: SloView['window'],
): string {
  if (expected === null || total === 0) return ''
  const part = (ratio: number, budget: string) =>
    ratio < 0 ? `${budget} is overspent by ${partWords(-ratio)}` : `${partWords(ratio)} of ${budget} is left`
  return `Of the traffic so far ${part(leftRatio, 'the budget')}. If traffic goes on as so far, ${windowWords(window)} will have ${formatInteger(expected.total)} events, and ${part(expected.leftRatio, 'their budget')}.`
}
