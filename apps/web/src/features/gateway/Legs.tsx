import { formatDuration } from '../../lib/format.ts'
import classes from './Legs.module.css'
import { type Leg, legsText } from './versions.ts'

/** A version's way as a bar on a time scale that all versions of the page share, up to `spanMs`. */
export function Legs({ legs, spanMs }: { legs: readonly Leg[]; spanMs: number }) {
  const text = legsText(legs)
  return (
    <span className={classes.legs} role="img" aria-label={text} title={text}>
      {legs.map((leg) => (
        <span
          key={leg.name}
          className={classes.leg}
          data-leg={leg.name}
          style={{ width: `${Math.max(0.5, ((leg.toMs - leg.fromMs) / spanMs) * 100)}%` }}
        />
      ))}
    </span>
  )
}

/** What the parts of {@link Legs} are, and the length of its scale. */
export function LegsKey({ spanMs }: { spanMs: number }) {
  return (
    <p className={classes.key}>
      <span className={classes.sample} data-leg="compiled" /> saved to compiled
      <span className={classes.sample} data-leg="canary" /> to the canary
      <span className={classes.sample} data-leg="fleet" /> to every gateway
      <span className={classes.scale}>full width {formatDuration(spanMs)}</span>
    </p>
  )
}
