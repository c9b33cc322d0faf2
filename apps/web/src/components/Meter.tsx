import type { ReactNode } from 'react'
import { formatExact, formatPercent } from '../lib/format.ts'
import { Sparkline, type SparkPoint } from './chart/Sparkline.tsx'
import classes from './Meter.module.css'
import { Num } from './Num.tsx'
import { Status } from './Status.tsx'

/**
 * One limit now: use, limit, headroom, and what it refuses. Bad while it refuses, a warning from 80 % on.
 * @param used null when no gateway reports.
 * @param onSelect makes the meter a button, for example to choose the chart below.
 */
export function Meter({
  title,
  used,
  max,
  unit,
  refusedPerSecond = null,
  refusedUnit = 'samples/s',
  sparkline = [],
  selected,
  onSelect,
}: {
  title: string
  used: number | null
  max: number
  unit: string
  refusedPerSecond?: number | null
  refusedUnit?: string
  sparkline?: readonly SparkPoint[]
  selected?: boolean
  onSelect?: () => void
}) {
  const ratio = used === null ? 0 : used / Math.max(1, max)
  const refusing = (refusedPerSecond ?? 0) > 0
  const kind = refusing ? 'bad' : ratio >= 0.8 ? 'warning' : used === 0 ? 'quiet' : 'good'
  const body: ReactNode = (
    <>
      <span className={classes.title}>{title}</span>
      <span className={classes.figures}>
        <span className={classes.used}>
          <Num value={used} />
        </span>
        <span className={classes.max}>
          of <Num value={max} unit={unit} />
        </span>
      </span>
      {/* biome-ignore lint/a11y/useSemanticElements: <meter> can't be styled alike in all browsers */}
      <span
        className={classes.track}
        role="meter"
        aria-label={`${title}, use against limit`}
        aria-valuemin={0}
        aria-valuemax={max}
        aria-valuenow={Math.min(used ?? 0, max)}
        aria-valuetext={used === null ? 'not measured' : `${formatExact(used, unit)} of ${formatExact(max, unit)}`}
      >
        <span className={classes.fill} data-kind={kind} style={{ width: `${Math.min(100, ratio * 100)}%` }} />
      </span>
      <span className={classes.foot}>
        {used === null ? (
          <Status kind="quiet">no gateway reports</Status>
        ) : refusing ? (
          <Status kind="bad">
            refusing <Num value={refusedPerSecond} unit={refusedUnit} />
          </Status>
        ) : (
          <Status kind={kind}>
            {formatPercent(ratio)} used, <Num value={Math.max(0, max - used)} /> left
          </Status>
        )}
      </span>
      {sparkline.length > 0 && (
        <span className={classes.sparkline} title="The last 15 minutes">
          <Sparkline points={sparkline} top={max} />
        </span>
      )}
    </>
  )
  if (!onSelect) return <div className={classes.meter}>{body}</div>
  return (
    <button type="button" className={classes.meter} aria-pressed={selected ?? false} onClick={onSelect}>
      {body}
    </button>
  )
}
