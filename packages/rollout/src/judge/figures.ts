import { type Interval, known, ratio, sum } from './interval.ts'
import { median } from './median.ts'

/** What is compared interval by interval. For all of them, more is worse. */
export const figureNames = [
  'responses5xxRatio',
  'responses429Ratio',
  'firstByteP99Seconds',
  'cpuSecondsPerSample',
  'memoryBytes',
] as const
export type FigureName = (typeof figureNames)[number]

export type Figure = {
  title: string
  /** Of the instances of one side in one interval. Null if nothing is known. */
  of: (instances: readonly Interval[]) => number | null
  /** A difference is harm if it is more than this part of the baseline … */
  harmRatio: number
  /** … and more than this much, in the figure's own unit. It depends on the canary's instances in the interval. */
  harmMin: (canary: readonly Interval[], intervalSeconds: number) => number
  /** So many times the baseline in each of a few intervals is beyond doubt, whatever the statistics say. */
  limitTimes: number
  words: (value: number) => string
}

/** The median, so that one instance with an unusual neighbour does not stand for its side. */
const medianOf = (count: 'firstByteP99Seconds' | 'memoryBytes') => (instances: readonly Interval[]) =>
  median(instances.flatMap((instance) => known(instance, count) ?? []))

/** Half a percent of a core for each instance. */
const idleCores = 0.005
/**
 * A process has work without any traffic, such as heartbeats. It weighs more on each sample of a canary that gets fewer samples than
 * the others.
 */
function idleCpuPerSample(canary: readonly Interval[], intervalSeconds: number): number {
  const samples = sum(canary, 'samplesAdmitted') ?? 0
  return samples > 0 ? (idleCores * intervalSeconds * canary.length) / samples : 0
}

const digits = (value: number) => Number(value.toPrecision(3)).toLocaleString('en-US', { maximumSignificantDigits: 3 })
const percent = (value: number) => `${digits(value * 100)} %`

export const figures: Record<FigureName, Figure> = {
  responses5xxRatio: {
    title: '5xx responses',
    of: (instances) => ratio(instances, 'responses5xx', 'requests'),
    harmRatio: 0.5,
    harmMin: () => 0.001,
    limitTimes: Number.POSITIVE_INFINITY, // limits.ts has one that counts.
    words: (value) => `${percent(value)} of requests`,
  },
  responses429Ratio: {
    title: '429 responses',
    of: (instances) => ratio(instances, 'responses429', 'requests'),
    harmRatio: 0.5,
    harmMin: () => 0.01,
    limitTimes: Number.POSITIVE_INFINITY, // A tenant over its quota may send to the canary alone.
    words: (value) => `${percent(value)} of requests`,
  },
  firstByteP99Seconds: {
    title: 'time to first byte (p99)',
    of: medianOf('firstByteP99Seconds'),
    harmRatio: 0.15,
    harmMin: () => 0.0005,
    limitTimes: 3,
    words: (value) => `${digits(value * 1_000)} ms`,
  },
  cpuSecondsPerSample: {
    title: 'CPU per sample',
    of: (instances) => ratio(instances, 'cpuSeconds', 'samplesAdmitted'),
    harmRatio: 0.15,
    harmMin: idleCpuPerSample,
    limitTimes: 2,
    words: (value) => `${digits(value * 1e6)} µs`,
  },
  memoryBytes: {
    title: 'memory',
    of: medianOf('memoryBytes'),
    harmRatio: 0.25,
    harmMin: () => 32 * 2 ** 20,
    limitTimes: 1.5,
    words: (value) => `${digits(value / 2 ** 20)} MiB`,
  },
}

/** What both sides have of a figure in one interval, and its `harmMin` there. */
export type Pair = { canary: number; baseline: number; harmMin: number }

/** Null if it is not known of both sides. */
export function pairOf(
  figure: Figure,
  { canary, baseline }: Record<'canary' | 'baseline', readonly Interval[]>,
  intervalSeconds: number,
): Pair | null {
  const [own, other] = [figure.of(canary), figure.of(baseline)]
  if (own === null || other === null) return null
  return { canary: own, baseline: other, harmMin: figure.harmMin(canary, intervalSeconds) }
}

/** Whether the canary is worse by more than is harmless. */
export const isHarm = ({ harmRatio }: Figure, { canary, baseline, harmMin }: Pair): boolean =>
  canary > baseline + Math.max(baseline * harmRatio, harmMin)

/** The canary's value without the difference that is no harm: larger than `baseline` exactly if it is harm beside that. */
export const lessHarmless = ({ harmRatio }: Figure, { canary, harmMin }: Pair): number =>
  Math.min(canary / (1 + harmRatio), canary - harmMin)
