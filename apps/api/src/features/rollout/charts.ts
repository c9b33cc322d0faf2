import type { MetricsQuery } from '@tickwatch/aws'
import {
  type FigureName,
  figureNames,
  figures,
  type Interval,
  type JudgedInstance,
  type Sides,
  valuesOf,
} from '@tickwatch/rollout'
import { readEvidence, settledAt } from './evidence.ts'
import type { JudgedWave } from './rollout.stored.ts'
import type { ChartView } from './rollout.types.ts'

/** A chart has at most about so many points. */
const pointsMax = 300
/** What came before the instances of the canary were ready shows what is usual. */
const beforeSeconds = 300
/** So much is read if nobody knows when the instances were ready. */
const spanSecondsMax = 86_400

const units: Readonly<Record<FigureName, string>> = {
  responses5xxRatio: 'ratio',
  responses429Ratio: 'ratio',
  firstByteP99Seconds: 's',
  cpuSecondsPerSample: 's',
  memoryBytes: 'bytes',
}

/**
 * The figures of both sides over the time that a verdict is about. They are read again from the metrics store, so they are those that were judged.
 * @param toMs when it was judged last
 * @throws AwsUnavailable, AwsRefused, NoSlotInTime
 */
export async function chartsOf(
  storage: Pick<MetricsQuery, 'range'>,
  { canary, baseline }: Pick<JudgedWave, 'canary' | 'baseline'>,
  intervalSeconds: number,
  toMs: number,
): Promise<ChartView[]> {
  const to = settledAt(toMs, intervalSeconds)
  const firstReady = Math.min(...canary.map(({ readySeconds }) => readySeconds))
  const span = Math.min(to - firstReady + beforeSeconds, spanSecondsMax)
  const stepSeconds = Math.max(1, Math.ceil(span / intervalSeconds / pointsMax)) * intervalSeconds
  const toSeconds = Math.floor(to / stepSeconds) * stepSeconds
  const fromSeconds = toSeconds - Math.ceil(span / stepSeconds) * stepSeconds
  const sides = await readEvidence(
    storage,
    { canary, baseline },
    { fromSeconds, toSeconds, intervalSeconds, stepSeconds },
  )
  return figureNames.map((figure) => ({
    ...{ figure, title: figures[figure].title, unit: units[figure] },
    points: pointsOfFigure(figure, sides, intervalSeconds),
  }))
}

function pointsOfFigure(name: FigureName, sides: Sides, intervalSeconds: number): ChartView['points'] {
  const [canary, baseline] = [byEnd(sides.canary), byEnd(sides.baseline)]
  const ends = [...new Set([...canary.keys(), ...baseline.keys()])].sort((a, b) => a - b)
  const both = ends.map((t) => ({ canary: canary.get(t) ?? [], baseline: baseline.get(t) ?? [] }))
  const values = valuesOf(figures[name], both, intervalSeconds)
  return ends.map((t, i) => ({ t, canary: values[i]?.canary ?? null, baseline: values[i]?.baseline ?? null }))
}

const byEnd = (instances: readonly JudgedInstance[]): Map<number, Interval[]> =>
  Map.groupBy(
    instances.flatMap(({ intervals }) => intervals),
    ({ endSeconds }) => endSeconds,
  )
