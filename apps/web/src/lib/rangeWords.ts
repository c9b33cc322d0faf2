import { formatDateTime, formatTick, type Zone } from './format.ts'
import type { Range } from './range.ts'

export const rangeWords: Record<Range['choice'], string> = {
  '1h': 'in the last hour',
  '6h': 'in the last 6 h',
  '24h': 'in the last 24 h',
  '7d': 'in the last 7 days',
  '30d': 'in the last 30 days',
  custom: 'in this range',
}

const dayMs = 86_400_000
/** A range whose first value is a minute late has data from its beginning. */
const sinceTellMs = 60_000

/**
 * `in the last hour`; if the data begins later than the range: `in the last hour, in which acme’s data begins at 12:31`.
 * @param range the range in words, and its length and beginning
 */
export function measuredWords(
  range: { words: string; fromMs: number; toMs: number },
  owner: string,
  sinceSeconds: number,
  zone: Zone,
): string {
  const sinceMs = sinceSeconds * 1_000
  if (sinceMs - range.fromMs <= sinceTellMs) return range.words
  const long = range.toMs - range.fromMs > dayMs
  const time = long ? `on ${formatDateTime(sinceMs, zone)}` : `at ${formatTick(sinceMs, dayMs, zone)}`
  return `${range.words}, in which ${owner}’s data begins ${time}`
}
