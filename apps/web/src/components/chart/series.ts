/** One step of a chart of use: `used` + `refused` = asked. Null where nothing was measured: a gap stays a gap. */
export type ChartPoint = { t: number; used: number | null; refused: number | null; limit: number | null }

/** A past change, marked on the chart by a thin vertical line. */
export type ChartMarker = {
  id: string
  /** Milliseconds since the epoch. */
  at: number
  /** On hover: `50,000 → 80,000 samples/s by Ada: launch weekend`. */
  name: string
}

export type TimeSeriesChartProps = {
  title: string
  unit: string
  /** By time ascending, `t` in seconds since the epoch. */
  points: readonly ChartPoint[]
  /** Distance of two points; a hole of more than two steps is drawn as a gap. */
  stepSeconds: number
  fromMs: number
  toMs: number
  markers?: readonly ChartMarker[]
  /** The changes that a marker stands for: several where they followed each other closely. */
  onMarker?: (ids: string[]) => void
  /** After dragging over a part of the chart. */
  onZoom?: (fromMs: number, toMs: number) => void
  /** After a double-click. */
  onZoomOut?: () => void
  /** Height of the plot in pixels. */
  height?: number
}
