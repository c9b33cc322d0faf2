/** Formats numbers, sizes, durations and times for the whole portal. Pure: callers pass the clock and the zone. */

const integers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const exacts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 })

const withUnit = (text: string, unit: string) => (unit ? `${text} ${unit}` : text)

/** `1204` → `1,204`. Rounds to an integer. */
export const formatInteger = (value: number): string => integers.format(value)

/** The exact number with its unit, for hover: `52,314.5 samples/s`. */
export const formatExact = (value: number, unit = ''): string => withUnit(exacts.format(value), unit)

const prefixes = ['', 'k', 'M', 'G', 'T', 'P']

/** Three digits and an SI prefix: `52.3 k samples/s`, `0.4 requests/s`, `-1.2 M`. */
export function formatSi(value: number, unit = ''): string {
  let scaled = Math.abs(value)
  let power = 0
  // Rounding may need the next prefix: 999.96 k is 1 M.
  while (rounded(scaled) >= 1000 && power < prefixes.length - 1) {
    scaled /= 1000
    power++
  }
  const sign = value < 0 && rounded(scaled) !== 0 ? '-' : ''
  const number = sign + exacts.format(rounded(scaled))
  const prefix = prefixes[power] ?? ''
  return withUnit(prefix ? `${number} ${prefix}` : number, unit)
}

const rounded = (value: number): number => {
  if (value >= 100) return Math.round(value)
  if (value >= 10) return Math.round(value * 10) / 10
  return Math.round(value * 100) / 100
}

/** Bytes in SI multiples: `84.2 MB`, `512 B`. */
export function formatBytes(bytes: number): string {
  let scaled = bytes
  let power = 0
  while (rounded(scaled) >= 1000 && power < 4) {
    scaled /= 1000
    power++
  }
  return `${exacts.format(rounded(scaled))} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`
}

/**
 * A ratio as per cent, with one decimal under ten: `62 %`, `3.4 %`. Writes 100 % and 0 % only for exactly all and
 * nothing.
 */
export function formatPercent(ratio: number): string {
  const percent = ratio * 100
  if (percent > 0 && percent < 0.1) return 'under 0.1 %'
  if (percent < 100 && percent > 99) return '99 %'
  return `${integers.format(percent * 10) === '0' ? 0 : percent < 9.95 ? Math.round(percent * 10) / 10 : integers.format(percent)} %`
}

/** A duration in its largest one or two units: `850 ms`, `2.9 s`, `42 s`, `3 min 20 s`, `5 h`, `12 d`. */
export function formatDuration(ms: number): string {
  const length = Math.max(0, ms)
  if (length < 999.5) return `${Math.round(length)} ms`
  if (length < 9_950) return `${Math.round(length / 100) / 10} s`
  const seconds = Math.round(length / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 10) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  if (hours < 48) return `${hours} h`
  return `${Math.floor(hours / 24)} d`
}

/** An age in whole numbers of its largest unit: `2 s`, `14 min`, `3 h`, `12 d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** `2 s ago`, `in 3 h`; the date in `zone` if it is over 30 days away. */
export function formatRelative(atMs: number, nowMs: number, zone?: Zone): string {
  const age = nowMs - atMs
  if (Math.abs(age) > 30 * 86_400_000) return formatDate(atMs, zone)
  // The clocks of browser and server differ a little: an event of just now must not read "in 1 s".
  if (age >= -2_000) return `${formatAge(age)} ago`
  return `in ${formatAge(-age)}`
}

/** `UTC`, or `local` for the browser's own zone. */
export type Zone = 'UTC' | 'local'

const formatters = new Map<string, Intl.DateTimeFormat>()
function formatter(zone: Zone | undefined, kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone ?? 'local'} ${kind}`
  const kept = formatters.get(key)
  if (kept) return kept
  const made = new Intl.DateTimeFormat('en-GB', {
    ...options,
    hourCycle: 'h23',
    ...(zone === 'UTC' ? { timeZone: 'UTC' } : {}),
  })
  formatters.set(key, made)
  return made
}

/** `23 Nov 2026` */
export const formatDate = (atMs: number, zone?: Zone): string =>
  formatter(zone, 'date', { day: 'numeric', month: 'short', year: 'numeric' }).format(atMs)

/** Date, time to the second and zone: `23 Nov 2026, 17:04:33 UTC`. */
export const formatDateTime = (atMs: number, zone?: Zone): string =>
  formatter(zone, 'full', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  }).format(atMs)

/** A tick of a time axis that spans `spanMs`: `17:04`, `23 Nov 17:00`, `23 Nov`. */
export function formatTick(atMs: number, spanMs: number, zone?: Zone): string {
  if (spanMs <= 36 * 3_600_000) return formatter(zone, 'tick', { hour: '2-digit', minute: '2-digit' }).format(atMs)
  const day = formatter(zone, 'day', { day: 'numeric', month: 'short' }).format(atMs)
  if (spanMs > 4 * 86_400_000) return day
  return `${day} ${formatter(zone, 'tick', { hour: '2-digit', minute: '2-digit' }).format(atMs)}`
}

/** `1 gateway`, `2 gateways`, `1,204 series`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatInteger(count)} ${count === 1 ? one : many}`
