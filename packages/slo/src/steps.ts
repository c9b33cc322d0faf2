import type { Span } from './calendar.ts'
import { sloLabels } from './names.ts'

/**
 * The events of one group in one step, which begins a step before its end. A step without data is not in a list of steps;
 * a step without traffic is, with a total of 0.
 */
export type Step = { endSeconds: number; bad: number; total: number }
/** The steps of one group, the earliest first, and the values of its labels. */
export type GroupSteps = { labels: Record<string, string>; steps: Step[] }

/** What Prometheus answers to a range query: values as `[Unix time, text]`. */
export type RangeSeries = { metric: Readonly<Record<string, string>>; values: readonly (readonly [number, string])[] }

const ours: ReadonlySet<string> = new Set([...Object.values(sloLabels), '__name__'])

/**
 * The steps of each group, from the answer to a range query of `countQuery` whose start, end and step are multiples of
 * the step. A value that is not a finite number is no data.
 * @returns by a key of the group's labels that does not depend on their order
 */
export function readSteps(answer: readonly RangeSeries[]): Map<string, GroupSteps> {
  const groups = new Map<string, { labels: Record<string, string>; byEnd: Map<number, Step> }>()
  for (const { metric, values } of answer) {
    const { event } = metric
    if (event !== 'bad' && event !== 'total') continue
    const labels = Object.fromEntries(Object.entries(metric).filter(([name]) => !ours.has(name)))
    const key = groupKey(labels)
    const group = groups.get(key) ?? { labels, byEnd: new Map<number, Step>() }
    groups.set(key, group)
    for (const [endSeconds, text] of values) {
      const value = Number(text)
      if (!Number.isFinite(value)) continue
      const step = group.byEnd.get(endSeconds) ?? { endSeconds, bad: 0, total: Number.NaN }
      step[event] = value
      group.byEnd.set(endSeconds, step)
    }
  }
  return new Map(
    [...groups].map(([key, { labels, byEnd }]) => {
      const steps = [...byEnd.values()].filter(({ total }) => !Number.isNaN(total))
      return [key, { labels, steps: steps.sort((a, b) => a.endSeconds - b.endSeconds) }]
    }),
  )
}

export const groupKey = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))

/** A step of which any part is excluded is excluded as a whole. */
export const isExcluded = (endSeconds: number, stepSeconds: number, excluded: readonly Span[]): boolean =>
  excluded.some((span) => endSeconds - stepSeconds < span.endSeconds && endSeconds > span.startSeconds)
