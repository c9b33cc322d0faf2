import classes from '../Meter.module.css'

export type SparkPoint = [number, number | null]

/**
 * The path of a small line over `points` of `[epoch seconds, value]`, y from zero to `top`; a null leaves a gap.
 * @returns '' when nothing was measured.
 */
export function sparkPath(points: readonly SparkPoint[], top: number, width: number, height: number): string {
  const first = points[0]?.[0]
  const last = points.at(-1)?.[0]
  if (first === undefined || last === undefined) return ''
  const span = Math.max(1, last - first)
  let path = ''
  let penDown = false
  for (const [t, value] of points) {
    if (value === null) {
      penDown = false
      continue
    }
    const x = Math.round(((t - first) / span) * width * 10) / 10
    const y = Math.round((height - (Math.min(value, top) / Math.max(top, 1e-9)) * height) * 10) / 10
    path += `${penDown ? 'L' : 'M'}${x} ${y}`
    penDown = true
  }
  return path
}

/** A line without axes. The number beside it says the same, so the line is hidden from screen readers. */
export function Sparkline({
  points,
  top,
  width = 120,
  height = 28,
}: {
  points: readonly SparkPoint[]
  /** The value at the upper edge; the default is the largest value. */
  top?: number
  width?: number
  height?: number
}) {
  const largest = Math.max(0, ...points.map(([, value]) => value ?? 0))
  const path = sparkPath(points, Math.max(top ?? 0, largest) || 1, width, height - 2)
  return (
    <svg
      className={classes.spark}
      viewBox={`0 -1 ${width} ${height}`}
      preserveAspectRatio="none"
      style={{ height }}
      aria-hidden="true"
    >
      <path d={path} fill="none" stroke="currentColor" strokeWidth={1.5} vectorEffect="non-scaling-stroke" />
    </svg>
  )
}
