import { type LimitChange, limitDefinitions } from '@tickwatch/policy'
import { formatInteger } from '../lib/format.ts'
import classes from './LimitChanges.module.css'

/** `80,000 samples/s`: a limit in full, never shortened. */
export const limitText = (limit: LimitChange['limit'], value: number): string =>
  `${formatInteger(value)} ${limitDefinitions[limit].unit}`

/** Changes of limits, one a line: *Samples per second 50,000 → 80,000 samples/s*. */
export function LimitChanges({ changes }: { changes: readonly LimitChange[] }) {
  if (changes.length === 0) return <span className={classes.none}>no limit changed</span>
  return (
    <ul className={classes.list}>
      {changes.map(({ limit, from, to }) => (
        <li key={limit}>
          <span className={classes.title}>{limitDefinitions[limit].title}</span>{' '}
          <span className={classes.figures}>
            {formatInteger(from)} → <strong>{limitText(limit, to)}</strong>
          </span>
        </li>
      ))}
    </ul>
  )
}
