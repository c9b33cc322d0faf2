import { formatBytes, formatExact, formatInteger, formatPercent, formatSi } from '../lib/format.ts'
import classes from './text.module.css'

/**
 * A number; hover shows the exact one. `null` means not measured and is shown as a dash.
 * @param style `si` (default): `52.3 k samples/s`; `integer`: `52,314 samples/s`; `bytes`; `percent` of a ratio.
 */
export function Num({
  value,
  unit = '',
  style = 'si',
}: {
  value: number | null
  unit?: string
  style?: 'si' | 'integer' | 'bytes' | 'percent'
}) {
  if (value === null) {
    return (
      <span className={classes.dimmed} title="not measured">
        –
      </span>
    )
  }
  const shown = {
    si: () => formatSi(value, unit),
    integer: () => `${formatInteger(value)}${unit ? ` ${unit}` : ''}`,
    bytes: () => formatBytes(value),
    percent: () => formatPercent(value),
  }[style]()
  const exact =
    style === 'bytes'
      ? formatExact(value, 'bytes')
      : style === 'percent'
        ? formatExact(value * 100, '%')
        : formatExact(value, unit)
  return (
    <data className={classes.number} value={value} title={exact === shown ? undefined : exact}>
      {shown}
    </data>
  )
}
