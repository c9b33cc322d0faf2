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
/** Go reads a number with a leading zero as octal where it can: not taken. */
const number = /^(?:0x[0-9a-f]+|(?:0|[1-9][0-9_]*|(?=\.))(?:\.[0-9_]+)?(?:e[+-]?[0-9_]+)?)$/i

/**
 * The seconds of a duration (`1h30m`) or number (`300`, which Prometheus 3 takes for a duration), with or without sign.
 * Units as in github.com/prometheus/common/model `ParseDuration`: a day is 24 h, a year 365 d.
 * @returns null where it takes more than reading: `5m * 2`, `step()`, `Inf`.
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
