/** The time over which an SLO's budget lasts: a rolling one, or one of the calendar in a time zone. */
export type Window = { days: number } | { calendar: 'week' | 'month' | 'quarter'; timeZone: string }

const calendarDays = { week: 7, month: 30, quarter: 90 } as const

/** The days of a window; of a calendar window the usual number, so that its alerts do not change from month to month. */
export const windowDays = (window: Window): number => ('days' in window ? window.days : calendarDays[window.calendar])

/** A period in Unix time; the end is exclusive. */
export type Span = { startSeconds: number; endSeconds: number }

/** Why a text is not a time zone, as a sentence. Null if it is. */
export function timeZoneFault(timeZone: string): string | null {
  try {
    zoneOf(timeZone)
    return null
  } catch {
    return `${JSON.stringify(timeZone)} is not a time zone. Use a name such as Europe/Berlin or UTC.`
  }
}

/**
 * The window that contains a time. A rolling window ends at it. A calendar window begins at the first moment of the
 * month, quarter or week (ISO 8601: Monday) in its time zone, so it has the hours that the calendar has, also if clocks
 * change in it.
 */
export function windowSpan(window: Window, nowSeconds: number): Span {
  if ('days' in window) return { startSeconds: nowSeconds - windowDays(window) * 86_400, endSeconds: nowSeconds }
  const { year, month, day } = dateAt(window.timeZone, nowSeconds)
  const begin = (months: number, days: number) => startOfDay(window.timeZone, year, months, days)
  switch (window.calendar) {
    case 'month':
      return { startSeconds: begin(month, 1), endSeconds: begin(month + 1, 1) }
    case 'quarter': {
      const first = month - ((month - 1) % 3)
      return { startSeconds: begin(first, 1), endSeconds: begin(first + 3, 1) }
    }
    case 'week': {
      const sinceMonday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7
      return { startSeconds: begin(month, day - sinceMonday), endSeconds: begin(month, day - sinceMonday + 7) }
    }
  }
}

type DateParts = { year: number; month: number; day: number }

/** Making one takes some 50 µs. The map holds at most the zones that Intl knows. */
const zones = new Map<string, Intl.DateTimeFormat>()
function zoneOf(timeZone: string): Intl.DateTimeFormat {
  const known = zones.get(timeZone)
  if (known) return known
  const zone = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  zones.set(timeZone, zone)
  return zone
}

/** The clock of a zone: its date, and the same reading as if it were UTC. */
function clockAt(timeZone: string, seconds: number): DateParts & { asUtcSeconds: number } {
  const parts = Object.fromEntries(
    zoneOf(timeZone)
      .formatToParts(seconds * 1_000)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts
  return { year, month, day, asUtcSeconds: Date.UTC(year, month - 1, day, hour, minute, second) / 1_000 }
}

const dateAt = (timeZone: string, seconds: number): DateParts => clockAt(timeZone, seconds)

/**
 * The first moment of a date. Where clocks change at midnight it can be 01:00, and midnight can come twice. Month and day
 * may be out of range, as in `Date.UTC`.
 */
function startOfDay(timeZone: string, year: number, month: number, day: number): number {
  const midnight = Date.UTC(year, month - 1, day) / 1_000
  const wanted = new Date(midnight * 1_000)
  const isWanted = (seconds: number) => {
    const date = dateAt(timeZone, seconds)
    return (
      date.year === wanted.getUTCFullYear() &&
      date.month === wanted.getUTCMonth() + 1 &&
      date.day === wanted.getUTCDate()
    )
  }
  // A zone is at most 14 h from UTC, so these are its offsets before and after any change at that midnight.
  const starts = [-86_400, 86_400]
    .map((around) => midnight - (clockAt(timeZone, midnight + around).asUtcSeconds - (midnight + around)))
    .filter(isWanted)
  if (starts.length === 0) throw new RangeError(`${wanted.toISOString().slice(0, 10)} does not exist in ${timeZone}`)
  return Math.min(...starts)
}
