import { formatDateTime, formatSi, type Zone } from '../../lib/format.ts'
import type { ChartBand, ChartMarker, ChartPoint } from './series.ts'

/** Ticks in steps of 1, 2, 2.5 or 5 times a power of ten, at least from `min` to `max`. Zero is one of them. */
export function valueTicks(max: number, min = 0): number[] {
  const rough = (max - min) / 4
  if (!(rough > 0)) return [0, 1]
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 2.5, 5, 10].find((one) => one * power >= rough * 0.999) ?? 10)
  const first = Math.floor((min / step) * 0.9999)
  const last = Math.ceil((max / step) * 0.9999)
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

const minute = 60_000
const steps = [1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 7_200].map((minutes) => minutes * minute)

/** About `count` round times in `zone` within the range, even if its clocks change. Seconds since the epoch. */
export function timeTicks(fromMs: number, toMs: number, zone: Zone, count: number): number[] {
  const step = steps.find((one) => (toMs - fromMs) / one <= count) ?? 10 * 1_440 * minute
  const offsetAt = (ms: number) => (zone === 'UTC' ? 0 : new Date(ms).getTimezoneOffset() * minute)
  const ticks: number[] = []
  for (let wall = Math.ceil((fromMs - offsetAt(fromMs)) / step) * step; ; wall += step) {
    // Take the offset twice: the first guess of the time may be wrong by one clock change.
    const at = wall + offsetAt(wall + offsetAt(wall))
    if (!(at <= toMs)) return ticks
    if (at >= fromMs && at / 1000 > (ticks.at(-1) ?? 0)) ticks.push(at / 1000)
  }
}

/**
 * Adds an empty point wherever points are missing for more than two steps, so that the chart draws a gap there. A point
 * is about the step before it, so the first one after a gap begins there: alone it would have no width.
 */
export function withGaps(points: readonly ChartPoint[], stepSeconds: number): ChartPoint[] {
  const out: ChartPoint[] = []
  let previous: ChartPoint | undefined
  for (const point of points) {
    if (previous && point.t - previous.t > stepSeconds * 2) {
      out.push({ t: previous.t + stepSeconds, used: null, refused: null, limit: previous.limit })
    }
    if (previous && previous.used === null && point.used !== null) {
      out.push({ ...point, t: Math.max(previous.t, point.t - stepSeconds), limit: previous.limit })
    }
    out.push(point)
    previous = point
  }
  return out
}

/**
 * The highest of: what was asked (used plus refused), the limit at those times, and the limit now. Limits of periods
 * without traffic are ignored, because they would flatten the chart.
 */
export function highest(points: readonly ChartPoint[]): number {
  let max = points.findLast((point) => point.limit !== null)?.limit ?? 0
  for (const { used, refused, limit } of points) {
    if (used !== null) max = Math.max(max, used + (refused ?? 0), limit ?? 0)
  }
  return max
}

/** The lowest that was used: zero, or less if a budget is overspent. */
export const lowest = (points: readonly ChartPoint[]): number =>
  points.reduce((min, { used }) => Math.min(min, used ?? 0), 0)

/**
 * The heights of labels beside their lines, in pixels: in the order of the lines and as near to them as possible, with
 * `gap` pixels between two labels, none above `top` or below `bottom`.
 */
export function spreadLabels(wanted: readonly number[], gap: number, top: number, bottom: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0))
  const placed = [...wanted]
  order.forEach((i, n) => {
    const above = n === 0 ? top - gap : (placed[order[n - 1] as number] as number)
    placed[i] = Math.max(placed[i] as number, above + gap)
  })
  // A label that was pushed below the bottom moves back up, and pushes up the labels above it.
  let below = bottom + gap
  for (const i of order.toReversed()) {
    placed[i] = Math.min(placed[i] as number, below - gap)
    below = placed[i] as number
  }
  return placed
}

/** The parts of bands that are in the range. The chart would leave out a band that begins or ends outside it. */
export const bandsIn = (bands: readonly ChartBand[], fromMs: number, toMs: number): ChartBand[] =>
  bands
    .map((band) => ({ fromMs: Math.max(fromMs, band.fromMs), toMs: Math.min(toMs, band.toMs) }))
    .filter((band) => band.toMs > band.fromMs)

/** Groups markers by time ascending: a marker nearer than `apartMs` to the one before it joins its group. */
export function groupMarkers(markers: readonly ChartMarker[], apartMs: number): [ChartMarker, ...ChartMarker[]][] {
  const groups: [ChartMarker, ...ChartMarker[]][] = []
  let last = Number.NEGATIVE_INFINITY
  for (const marker of markers.toSorted((a, b) => a.at - b.at)) {
    if (marker.at - last < apartMs) groups.at(-1)?.push(marker)
    else groups.push([marker])
    last = marker.at
  }
  return groups
}

/** What the chart shows, in sentences. @param maintenance in the range */
export function summarise(
  title: string,
  unit: string,
  points: readonly ChartPoint[],
  fromMs: number,
  toMs: number,
  zone: Zone,
  maintenance: readonly ChartBand[] = [],
): string {
  const windows = maintenance.map(
    (band) => ` Maintenance from ${formatDateTime(band.fromMs, zone)} to ${formatDateTime(band.toMs, zone)}.`,
  )
  return summaryOf(title, unit, points, fromMs, toMs, zone) + windows.join('')
}

function summaryOf(
  title: string,
  unit: string,
  points: readonly ChartPoint[],
  fromMs: number,
  toMs: number,
  zone: Zone,
): string {
  const span = `${title} from ${formatDateTime(fromMs, zone)} to ${formatDateTime(toMs, zone)}`
  const used = points.flatMap((point) => (point.used === null ? [] : [point.used]))
  const last = used.at(-1)
  if (last === undefined) return `${span}: nothing was measured.`
  const figures = `between ${formatSi(Math.min(...used))} and ${formatSi(Math.max(...used), unit)}, last ${formatSi(last, unit)}`
  const limit = points.findLast((point) => point.limit !== null)?.limit
  const limitText = limit === undefined || limit === null ? '' : ` The limit is ${formatSi(limit, unit)}.`
  return `${span}: ${figures}.${limitText}${refusedText(points, unit)}`
}

/** Empty if the limit's refusals are not recorded. */
function refusedText(points: readonly ChartPoint[], unit: string): string {
  const refused = points.flatMap((point) => (point.refused === null ? [] : [point.refused]))
  if (refused.length === 0) return ''
  const peak = Math.max(...refused)
  return peak > 0 ? ` Up to ${formatSi(peak, unit)} were refused.` : ' It shows no refusals.'
}
