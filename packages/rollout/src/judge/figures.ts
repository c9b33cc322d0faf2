import { type Idle, idleOf, meanUse, perSampleAt } from './idle.ts'
import { type Interval, known, ratio } from './interval.ts'
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
  /** What the baseline's would be with the canary's traffic, and how that is said. Missing if traffic does not matter. */
  withTraffic?: { of: (interval: BothSides, about: About) => number | null; words: string }
  /** A difference is harm if it is more than this part of the baseline … */
  harmRatio: number
  /** … and more than this much in the interval, in the figure's own unit. */
  harmMin: (interval: BothSides, about: About) => number
  /** So many times the baseline in each of a few intervals is beyond doubt, whatever the statistics say. */
  limitTimes: number
  words: (value: number) => string
}

/** The median, so that one instance with an unusual neighbour does not stand for its side. */
const medianOf = (count: 'firstByteP99Seconds' | 'memoryBytes') => (instances: readonly Interval[]) =>
  median(instances.flatMap((instance) => known(instance, count) ?? []))

/** Half a percent of a core for each instance harms nobody, however much that is for each of few samples. */
const harmlessCores = 0.005
function harmlessCpuPerSample({ canary, baseline }: BothSides, { idle, intervalSeconds }: About): number {
  const [own, other] = [meanUse(canary), meanUse(baseline)]
  if (own === null || other === null) return 0
  const doubtCores = idle.doubtCores * Math.abs(1 - own.samples / other.samples)
  return ((harmlessCores + doubtCores) * intervalSeconds) / own.samples
}

function baselineCpuPerSample({ canary, baseline }: BothSides, { idle, intervalSeconds }: About): number | null {
  const [own, other] = [meanUse(canary), meanUse(baseline)]
  return own === null || other === null ? null : perSampleAt(own.samples, other, idle.cores * intervalSeconds)
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
    withTraffic: { of: baselineCpuPerSample, words: ' with as much traffic' },
    harmRatio: 0.15,
    harmMin: harmlessCpuPerSample,
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

/** The instances of both sides in one interval. */
export type BothSides = Record<'canary' | 'baseline', readonly Interval[]>
/** What is known of all intervals together. */
type About = { idle: Idle; intervalSeconds: number }
const aboutOf = (intervals: readonly BothSides[], intervalSeconds: number): About => ({
  idle: idleOf(intervals, intervalSeconds),
  intervalSeconds,
})

/** Of a figure in one interval. The baseline's is what it would be with the canary's traffic. */
export type Values = Record<'canary' | 'baseline', number | null>
/** What both sides have of a figure in one interval, and its `harmMin` there. */
export type Pair = { canary: number; baseline: number; harmMin: number }

/** The intervals of which the figure is known of both sides. */
export const knownOf = <Known extends BothSides>(figure: Figure, intervals: readonly Known[]): Known[] =>
  intervals.filter(({ canary, baseline }) => figure.of(canary) !== null && figure.of(baseline) !== null)

/** The two values in each interval, in the same order; null for what is not known. */
export function valuesOf(figure: Figure, intervals: readonly BothSides[], intervalSeconds: number): Values[] {
  const about = aboutOf(intervals, intervalSeconds)
  return intervals.map((interval) => valuesIn(figure, interval, about))
}

const valuesIn = ({ of, withTraffic }: Figure, interval: BothSides, about: About): Values => ({
  canary: of(interval.canary),
  baseline: withTraffic ? withTraffic.of(interval, about) : of(interval.baseline),
})

/** The same with `harmMin`, or null for an interval of which a side is not known. */
export function pairsOf(figure: Figure, intervals: readonly BothSides[], intervalSeconds: number): (Pair | null)[] {
  const about = aboutOf(intervals, intervalSeconds)
  return intervals.map((interval) => {
    const { canary, baseline } = valuesIn(figure, interval, about)
    if (canary === null || baseline === null) return null
    return { canary, baseline, harmMin: figure.harmMin(interval, about) }
  })
}

/** Whether the canary is worse by more than is harmless. */
export const isHarm = ({ harmRatio }: Figure, { canary, baseline, harmMin }: Pair): boolean =>
  canary > baseline + Math.max(baseline * harmRatio, harmMin)

/** The canary's value without the difference that is no harm: larger than `baseline` exactly if it is harm beside that. */
export const lessHarmless = ({ harmRatio }: Figure, { canary, harmMin }: Pair): number =>
  Math.min(canary / (1 + harmRatio), canary - harmMin)
