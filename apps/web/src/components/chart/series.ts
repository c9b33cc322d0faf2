/**
 * One step of a chart of use: `used` + `refused` = asked. In the steps of a chart of maxima each is the highest in the
 * step. Null means not measured and is drawn as a gap.
 */
export type ChartPoint = { t: number; used: number | null; refused: number | null; limit: number | null }

/** A past change, marked on the chart by a thin vertical line. */
export type ChartMarker = {
  id: string
  /** Milliseconds since the epoch. */
  at: number
  /** `50,000 → 80,000 samples/s`; `policy v12 applied` */
  change: string
  /** Who made it, and why; absent for what no person did, such as the start of a process. */
  who?: { name: string; reason: string }
  /** An incident began, instead of a change. */
  isIncident?: boolean
}

/** A time that the chart shades, in milliseconds since the epoch. */
export type ChartBand = { fromMs: number; toMs: number }

export type TimeSeriesChartProps = {
  title: string
  unit: string
  /** What `used` is; by default the word itself. */
  usedWord?: string
  /** By time ascending, `t` in seconds since the epoch. */
  points: readonly ChartPoint[]
  /** Distance between two points. If points are missing for more than two steps, the chart draws a gap. */
  stepSeconds: number
  /** The points are the highest values of steps that are longer than the finest resolution. */
  maxima?: boolean
  fromMs: number
  toMs: number
  markers?: readonly ChartMarker[]
  /** Times in which something was wrong. */
  bands?: readonly ChartBand[]
  /** Maintenance windows, the earliest first. */
  maintenance?: readonly ChartBand[]
  /** Called with the changes of a marker: several if they followed each other closely. */
  onMarker?: (ids: string[]) => void
  /** Called when the person dragged over a part of the chart. */
  onZoom?: (fromMs: number, toMs: number) => void
  /** Called on a double-click. */
  onZoomOut?: () => void
  /** Height of the plot in pixels. */
  height?: number
}
