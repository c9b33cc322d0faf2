import { Fragment } from 'react'
import { formatDuration } from '../../lib/format.ts'
import classes from './Legs.module.css'
import { type Leg, legShade, legsText } from './versions.ts'

const accent = (shade: number) =>
  `color-mix(in srgb, var(--mantine-primary-color-filled) ${shade}%, var(--mantine-color-body))`

/** The propagation of a version as a bar. All bars of the page share one time scale, up to `spanMs`. */
export function Legs({ legs, spanMs }: { legs: readonly Leg[]; spanMs: number }) {
  const text = legsText(legs)
  return (
    <span className={classes.legs} role="img" aria-label={text} title={text}>
      {legs.map((leg) => (
        <span
          key={leg.end}
          className={classes.leg}
          style={{
            width: `${Math.max(0.5, ((leg.toMs - leg.fromMs) / spanMs) * 100)}%`,
            background: accent(leg.shade),
          }}
        />
      ))}
    </span>
  )
}

/** The key of {@link Legs}: its parts, one for each ring before the last, and the length of its scale. */
export function LegsKey({ rings, spanMs }: { rings: readonly string[]; spanMs: number }) {
  const names = ['saved to compiled', ...rings.map((ring) => `to the ${ring} ring`), 'to every gateway']
  return (
    <p className={classes.key}>
      {names.map((name, index) => (
        <Fragment key={name}>
          <span className={classes.sample} style={{ background: accent(legShade(index, names.length)) }} /> {name}
        </Fragment>
      ))}
      <span className={classes.scale}>full width {formatDuration(spanMs)}</span>
    </p>
  )
}
