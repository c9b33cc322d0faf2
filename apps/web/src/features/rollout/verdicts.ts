import type { StatusKind } from '../../components/Status.tsx'
import { formatPercent, formatSi, plural } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { capitalised } from '../../lib/words.ts'
import type { Rollout } from './rollouts.ts'

export type WaveVerdict = Rollout['verdicts'][number]
export type Finding = WaveVerdict['verdict']['findings'][number]
export type Outcome = Finding['outcome']
type JudgeChart = Outputs['rollout']['charts'][number]

const outcomes: Record<Outcome, { kind: StatusKind; words: string }> = {
  pass: { kind: 'good', words: 'passes' },
  inconclusive: { kind: 'warning', words: 'not decided' },
  fail: { kind: 'bad', words: 'fails' },
}
export const outcomeOf = (outcome: Outcome) => outcomes[outcome]

/** The verdict of the wave that was judged last, and those of the waves before it, the last one first. */
export function newestFirst(verdicts: readonly WaveVerdict[]): WaveVerdict[] {
  return verdicts.toSorted((a, b) => b.wave - a.wave)
}

/** How a figure is shown: `times` its value in the API’s unit is its value in `unit`. */
type Figure = { title: string; unit: string; times: number }

const figures: Record<string, Figure> = {
  responses5xxRatio: { title: '5xx responses', unit: '%', times: 100 },
  responses429Ratio: { title: '429 responses', unit: '%', times: 100 },
  firstByteP99Seconds: { title: 'Time to first byte (p99)', unit: 'ms', times: 1_000 },
  cpuSecondsPerSample: { title: 'CPU per sample', unit: 'µs', times: 1e6 },
  memoryBytes: { title: 'Memory', unit: 'MiB', times: 1 / 2 ** 20 },
  samplesLost: { title: 'Samples lost', unit: '', times: 1 },
  restarts: { title: 'Restarts', unit: '', times: 1 },
  traffic: { title: 'Traffic', unit: '', times: 1 },
}

/** What a finding is about. A newer release may know more figures. */
export const findingTitle = ({ about }: Pick<Finding, 'about'>): string => figures[about]?.title ?? about

/** A value of a finding in its unit; a dash if there is none. */
export function findingValue({ about }: Pick<Finding, 'about'>, value: number | null): string {
  if (value === null) return '–'
  const { unit, times } = figures[about] ?? { unit: '', times: 1 }
  return formatSi(value * times, unit)
}

/** A chart as it is drawn: in the unit in which people read the figure. */
export function drawnChart({ figure, title, unit, points }: JudgeChart) {
  const shown = figures[figure] ?? { title: capitalised(title), unit, times: 1 }
  const scaled = (value: number | null) => (value === null ? null : value * shown.times)
  return {
    ...{ figure, title: shown.title, unit: shown.unit, stepSeconds: stepOf(points) },
    points: points.map(({ t, canary, baseline }) => ({ t, canary: scaled(canary), baseline: scaled(baseline) })),
  }
}

/** The distance between two points, in seconds: the least, because some may be missing. */
function stepOf(points: JudgeChart['points']): number {
  const steps = points.slice(1).map(({ t }, i) => t - (points[i]?.t ?? t))
  return Math.min(...steps, 300)
}

/** Two digits: `0.0021`, `0.34`, `under 0.0001`. */
const probability = (value: number): string => (value < 0.0001 ? 'under 0.0001' : `${Number(value.toPrecision(2))}`)

/** The numbers behind a comparison, in one line. Empty if nothing was compared. */
export function testWords({ tests }: Pick<Finding, 'tests'>): string {
  if (tests === null) return ''
  const { points, harmShare, harmShareMin, cliffsDelta, rankPValue, worseShare, shapePValue, failBelow } = tests
  return [
    `${plural(points, 'interval')}, in ${formatPercent(harmShare)} of them worse by more than is harmless (fails from ${formatPercent(harmShareMin)} on).`,
    `Ranks: p = ${probability(rankPValue)}, Cliff’s δ = ${Number(cliffsDelta.toFixed(2))}.`,
    `Shape: p = ${probability(shapePValue)}, worse than the baseline at the same rank in ${formatPercent(worseShare)}.`,
    `Fails below p = ${probability(failBelow)}.`,
  ].join(' ')
}

/** The verdict in a sentence. If several figures lead to it, the table below says why of each. */
export function headline({
  outcome,
  words,
  findings,
}: Pick<WaveVerdict['verdict'], 'outcome' | 'words' | 'findings'>): string {
  const reasons = findings.filter((finding) => finding.outcome === outcome).length
  if (outcome === 'pass' || reasons < 2) return words
  return outcome === 'fail'
    ? `The canary fails in ${reasons} of ${findings.length} figures.`
    : `Not decided yet: ${reasons} of ${findings.length} figures need more.`
}

/** What fails first, then what is not decided, then what passes. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  const order: Outcome[] = ['fail', 'inconclusive', 'pass']
  return findings.toSorted((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome))
}

/** One point alone has no width, so its chart shows the minute before it. */
const spanMinSeconds = 60

/** The time that all charts of a wave show. Null if none has a point. */
export function chartRange(charts: readonly JudgeChart[]): { fromMs: number; toMs: number } | null {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { points } of charts) {
    for (const { t } of points) {
      from = Math.min(from, t)
      to = Math.max(to, t)
    }
  }
  return from > to ? null : { fromMs: Math.min(from, to - spanMinSeconds) * 1_000, toMs: to * 1_000 }
}
