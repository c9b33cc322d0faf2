import type { Zone } from '../../lib/format.ts'

export const filterKeys = ['tenant', 'actor', 'action', 'from', 'to'] as const

export type AuditFilters = { tenantId?: string; actor?: string; action?: string; from?: string; to?: string }

const dayOrMinute = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2})?$/

/**
 * The times, in `zone`, between which a day (`2026-11-28`) or a minute (`2026-11-28T09:30`) lies, in ISO 8601. Null if
 * `text` is neither.
 */
function spanOf(text: string, zone: Zone): { start: string; end: string } | null {
  if (!dayOrMinute.test(text)) return null
  const isDay = !text.includes('T')
  const start = new Date(`${isDay ? `${text}T00:00` : text}:00${zone === 'UTC' ? 'Z' : ''}`)
  if (Number.isNaN(start.getTime())) return null
  const end = new Date(start)
  if (!isDay) end.setTime(end.getTime() + 60_000)
  // A local day may have 23 or 25 hours.
  else if (zone === 'UTC') end.setUTCDate(end.getUTCDate() + 1)
  else end.setDate(end.getDate() + 1)
  return { start: start.toISOString(), end: end.toISOString() }
}

/** The API's filters for those in the URL. The last day or minute is included. */
export function readFilters(get: (key: string) => string | null, zone: Zone): AuditFilters {
  const from = spanOf(get('from') ?? '', zone)?.start
  const to = spanOf(get('to') ?? '', zone)?.end
  const tenantId = get('tenant')
  const actor = get('actor')
  const action = get('action')
  return {
    ...(tenantId ? { tenantId } : {}),
    ...(actor ? { actor } : {}),
    ...(action ? { action } : {}),
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
  }
}

/** The API input for the URL of `/audit`. */
export const eventsInput = (get: (key: string) => string | null, zone: Zone) => ({
  ...readFilters(get, zone),
  cursor: get('cursor'),
  pageSize: 50,
})
