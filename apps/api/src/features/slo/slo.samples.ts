import type { MetricsQuery, Series } from '@tickwatch/aws'
import type { StoredSlo } from '@tickwatch/db'
import { groupKey, type Step, stepEndOf } from '@tickwatch/slo'
import { ofGroup, samplesQuery, togetherQuery, writtenBy } from './slo.queries.ts'
import { groupOf } from './slo.tallies.ts'

/** Prometheus answers with at most 11,000 points a series. A week of minutes is 10,080. */
const partStepsMax = 10_080
/** A rule can be late, so the newest steps are read again. */
const lateSteps = 5
/** Each holds some 47,000 steps, 2 MB. */
const groupsKeptMax = 30

type Kept = { from: number; to: number; steps: Step[] }

/**
 * The steps of a group, as its rules counted them. What rules wrote does not change, so a group that somebody looks at is
 * read once, and after that only its newest steps.
 */
export function createSamples(stepSeconds: number) {
  const kept = new Map<string, Kept>()

  return {
    /**
     * @param labels of the group; null for all groups together, which reads all of their samples
     * @param from exclusive, a multiple of the step, like `to`
     */
    async between(
      amp: MetricsQuery,
      slo: Pick<StoredSlo, 'id' | 'definition'>,
      labels: Readonly<Record<string, string>> | null,
      { from, to }: { from: number; to: number },
    ): Promise<Step[]> {
      // The labels that an SLO groups by can change.
      const key = `${slo.id} ${labels && ofGroup(slo, labels)}`
      const known = kept.get(key)
      const readFrom = known ? known.to - lateSteps * stepSeconds : from
      const goesOn = known !== undefined && known.from <= from && readFrom >= from && readFrom < to
      const fresh = await read(amp, slo, labels, { from: goesOn ? readFrom : from, to }, stepSeconds)
      const before = goesOn ? known.steps.filter(({ endSeconds }) => endSeconds > from && endSeconds <= readFrom) : []
      const steps = [...before, ...fresh]
      kept.delete(key)
      if (kept.size >= groupsKeptMax) kept.delete(kept.keys().next().value as string)
      kept.set(key, { from, to, steps })
      return steps
    },
  }
}

async function read(
  amp: MetricsQuery,
  slo: Pick<StoredSlo, 'id' | 'definition'>,
  labels: Readonly<Record<string, string>> | null,
  { from, to }: { from: number; to: number },
  stepSeconds: number,
): Promise<Step[]> {
  const partSeconds = partStepsMax * stepSeconds
  const starts = Array.from({ length: Math.ceil((to - from) / partSeconds) }, (_, i) => from + i * partSeconds)
  const parts = starts.map(async (start) => {
    const end = Math.min(to, start + partSeconds)
    if (labels !== null) {
      const answer = await amp.instant(samplesQuery(ofGroup(slo, labels), end - start), writtenBy(end, stepSeconds))
      return stepsOf(answer, (writtenAt) => stepEndOf(writtenAt, stepSeconds))
    }
    const [first, last] = [writtenBy(start + stepSeconds, stepSeconds), writtenBy(end, stepSeconds)]
    const answer = await amp.range(togetherQuery(slo.id, stepSeconds), first, last, stepSeconds)
    return stepsOf(answer, (at) => stepEndOf(at, stepSeconds))
  })
  return (await Promise.all(parts)).flat()
}

/** The steps of each group in an answer, by the key of the group. */
export function stepsByGroup(
  answer: readonly Series[],
  endOf: (seconds: number) => number,
): Map<string, { labels: Record<string, string>; steps: Step[] }> {
  const byGroup = new Map<string, { labels: Record<string, string>; series: Series[] }>()
  for (const series of answer) {
    const { labels } = groupOf(series.labels)
    const key = groupKey(labels)
    const group = byGroup.get(key) ?? { labels, series: [] }
    group.series.push(series)
    byGroup.set(key, group)
  }
  return new Map([...byGroup].map(([key, { labels, series }]) => [key, { labels, steps: stepsOf(series, endOf) }]))
}

/** The steps in an answer, the earliest first. A step without a total is none. */
export function stepsOf(answer: readonly Series[], endOf: (seconds: number) => number): Step[] {
  const byEnd = new Map<number, Step>()
  const points = (event: string) =>
    answer.filter(({ labels }) => labels.event === event).flatMap((series) => series.points)
  for (const [at, total] of points('total')) {
    const endSeconds = endOf(at)
    if (total !== null) byEnd.set(endSeconds, { endSeconds, bad: 0, total })
  }
  for (const [at, bad] of points('bad')) {
    const step = byEnd.get(endOf(at))
    if (step && bad !== null) step.bad = bad
  }
  return [...byEnd.values()].sort((a, b) => a.endSeconds - b.endSeconds)
}
