import { formatDateTime, formatSi, type Zone } from '../../lib/format.ts'

/** One interval of two sides; `t` is its end in seconds since the epoch. Null means not measured and is drawn as a gap. */
export type ComparedPoint = { t: number; canary: number | null; baseline: number | null }

export type CompareChartProps = {
  title: string
  unit: string
  /** By time ascending. */
  points: readonly ComparedPoint[]
  /** If points are missing for more than two steps, the chart draws a gap. */
  stepSeconds: number
  fromMs: number
  toMs: number
  /** Height of the plot in pixels. */
  height: number
}

export const sides = ['canary', 'baseline'] as const

/** Adds an empty point wherever points are missing for more than two steps, so that the lines have a gap there. */
export function withComparedGaps(points: readonly ComparedPoint[], stepSeconds: number): ComparedPoint[] {
  return points.flatMap((point, i) => {
    const previous = points[i - 1]
    if (!previous || point.t - previous.t <= stepSeconds * 2) return [point]
    return [{ t: previous.t + stepSeconds, canary: null, baseline: null }, point]
  })
}

/** The highest value of both sides; 0 if there is none. */
export const highestOf = (points: readonly ComparedPoint[]): number =>
  points.reduce((max, { canary, baseline }) => Math.max(max, canary ?? 0, baseline ?? 0), 0)

/** What the chart shows, in a sentence. */
export function summariseCompared(
  { title, unit, points, fromMs, toMs }: Omit<CompareChartProps, 'stepSeconds' | 'height'>,
  zone: Zone,
): string {
  const words = sides.map((side) => {
    const values = points.flatMap((point) => point[side] ?? [])
    if (values.length === 0) return `nothing was measured of the ${side}`
    return `the ${side} is between ${formatSi(Math.min(...values))} and ${formatSi(Math.max(...values), unit)}, last ${formatSi(values.at(-1) ?? 0, unit)}`
  })
  return `${title} from ${formatDateTime(fromMs, zone)} to ${formatDateTime(toMs, zone)}: ${words.join('; ')}.`
}
