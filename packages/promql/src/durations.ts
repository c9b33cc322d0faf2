const units: readonly [unit: string, seconds: number][] = [
  ['y', 365 * 86_400],
  ['w', 7 * 86_400],
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
  ['ms', 0.001],
]
const duration = new RegExp(`^${units.map(([unit]) => String.raw`(?:(\d+)${unit})?`).join('')}$`)
/** A number with a leading zero is not accepted, because Go may read it as octal. */
const number = /^(?:0x[0-9a-f]+|(?:0|[1-9][0-9_]*|(?=\.))(?:\.[0-9_]+)?(?:e[+-]?[0-9_]+)?)$/i

/**
 * The seconds of a duration (`1h30m`) or number (`300`, a duration in Prometheus 3), with or without a sign.
 * Units as in github.com/prometheus/common/model `ParseDuration`: a day is 24 h, a year 365 d.
 * @returns null for anything else, such as `5m * 2`, `step()` or `Inf`.
 */
export function secondsOf(text: string): number | null {
  const [, sign, magnitude = ''] = /^([+-]?)\s*(.*)$/s.exec(text) ?? []
  const seconds = number.test(magnitude) ? Number(magnitude.replaceAll('_', '')) : durationSeconds(magnitude)
  if (seconds === null || !Number.isFinite(seconds)) return null
  return sign === '-' ? -seconds : seconds
}

function durationSeconds(text: string): number | null {
  const counts = text === '' ? null : duration.exec(text)
  if (!counts) return null
  return units.reduce((sum, [, seconds], unit) => sum + Number(counts[unit + 1] ?? 0) * seconds, 0)
}
