import { type AlertPolicy, blindSteps, burnAlerts } from './burn.ts'
import type { Span } from './calendar.ts'
import type { Severity } from './names.ts'
import type { Step } from './steps.ts'

/** A time in which an alert would have fired. */
export type Episode = {
  alert: Severity | 'blind'
  /** The key of its group; null for `blind`, which is of the whole SLO. */
  group: string | null
  /** The end of the first step after which it fires. The rules see it at most two steps later. */
  fromSeconds: number
  /** The end of the first step after which it does not fire any more; null if it fires at the end of the time. */
  toSeconds: number | null
}

/**
 * What would have fired with an alert policy, from the counts of each step: the same windows, factors and gate as those
 * of the rules that `compileSlo` writes.
 * @param groups the steps of each group by its key; also those of the longest window before `span`
 * @param span whose steps are judged
 * @returns the episodes, the earliest first
 */
export function replay(
  policy: AlertPolicy,
  groups: ReadonlyMap<string, readonly Step[]>,
  span: Span,
  stepSeconds: number,
): Episode[] {
  const ends = {
    first: Math.floor(span.startSeconds / stepSeconds) + 1,
    last: Math.floor(span.endSeconds / stepSeconds),
  }
  const episodes: Episode[] = []
  for (const [group, steps] of groups)
    episodes.push(...burnEpisodes(policy, group, sums(steps, ends.last, stepSeconds), ends, stepSeconds))
  episodes.push(...blindEpisodes(policy, groups, ends, stepSeconds))
  return episodes.sort((a, b) => a.fromSeconds - b.fromSeconds)
}

/** Step numbers: a step's end divided by its length. Both are judged. */
type Ends = { first: number; last: number }

/** For step number `first + i`: what all steps before it counted. */
type Sums = { first: number; bad: Float64Array; total: Float64Array; data: Uint32Array }

function sums(steps: readonly Step[], last: number, stepSeconds: number): Sums {
  const numbers = steps.map(({ endSeconds }) => Math.round(endSeconds / stepSeconds))
  const first = numbers.reduce((least, number) => Math.min(least, number), last + 1)
  const length = last - first + 2
  const result = {
    first,
    bad: new Float64Array(length),
    total: new Float64Array(length),
    data: new Uint32Array(length),
  }
  for (const [i, { bad, total }] of steps.entries()) {
    const at = (numbers[i] as number) - first + 1
    if (at >= length) continue
    result.bad[at] = bad
    result.total[at] = total
    result.data[at] = 1
  }
  for (const each of [result.bad, result.total, result.data]) {
    for (let i = 1; i < length; i++) each[i] = (each[i] as number) + (each[i - 1] as number)
  }
  return result
}

function burnEpisodes(
  policy: AlertPolicy,
  group: string,
  { first, bad, total, data }: Sums,
  ends: Ends,
  stepSeconds: number,
): Episode[] {
  const at = (sum: Float64Array | Uint32Array, number: number) => sum[Math.max(0, number - first + 1)] ?? 0
  const within = (sum: Float64Array | Uint32Array, number: number, count: number) =>
    at(sum, number) - at(sum, number - count)
  const alerts = burnAlerts(policy)
  return (['page', 'ticket'] as const).flatMap((severity) => {
    const own = alerts.filter((alert) => alert.severity === severity)
    // Without events 0 / 0 is not above anything, as in PromQL.
    const isOver = (number: number, count: number, badRatio: number) =>
      within(data, number, count) > 0 && within(bad, number, count) / within(total, number, count) > badRatio
    const fires = (number: number) =>
      own.some(
        ({ longSteps, shortSteps, badRatio, badEventsMin }) =>
          within(bad, number, longSteps) >= badEventsMin &&
          isOver(number, shortSteps, badRatio) &&
          isOver(number, longSteps, badRatio),
      )
    return episodesOf(fires, ends, stepSeconds).map((times) => ({ alert: severity, group, ...times }))
  })
}

/**
 * `absent` over two steps, for the time after which an SLO is blind. Steps before `ends` count too, from the first with data:
 * the time without data may have begun before.
 */
function blindEpisodes(
  policy: AlertPolicy,
  groups: ReadonlyMap<string, readonly Step[]>,
  ends: Ends,
  stepSeconds: number,
): Episode[] {
  const withData = new Set<number>()
  for (const steps of groups.values())
    for (const { endSeconds } of steps) withData.add(Math.round(endSeconds / stepSeconds))
  const waits = blindSteps(policy)
  const firstKnown = [...withData].reduce((least, number) => Math.min(least, number), ends.first)
  let absentSince: number | null = null
  const fires = (number: number) => {
    if (withData.has(number) || withData.has(number - 1)) absentSince = null
    else absentSince ??= number
    return absentSince !== null && number - absentSince >= waits
  }
  for (let number = firstKnown; number < ends.first; number++) fires(number)
  return episodesOf(fires, ends, stepSeconds).map((times) => ({ alert: 'blind', group: null, ...times }))
}

function episodesOf(
  fires: (number: number) => boolean,
  { first, last }: Ends,
  stepSeconds: number,
): Pick<Episode, 'fromSeconds' | 'toSeconds'>[] {
  const episodes: Pick<Episode, 'fromSeconds' | 'toSeconds'>[] = []
  let open: { fromSeconds: number; toSeconds: number | null } | null = null
  for (let number = first; number <= last; number++) {
    const firing = fires(number)
    if (firing && !open) {
      open = { fromSeconds: number * stepSeconds, toSeconds: null }
      episodes.push(open)
    } else if (!firing && open) {
      open.toSeconds = number * stepSeconds
      open = null
    }
  }
  return episodes
}
