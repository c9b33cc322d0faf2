import type { Zone } from '../../lib/format.ts'

export const filterKeys = ['tenant', 'actor', 'action', 'from', 'to'] as const

export type AuditFilters = { tenantId?: string; actor?: string; action?: string; from?: string; to?: string }

const day = /^\d{4}-\d{2}-\d{2}$/

/** The time at which a day begins in `zone`, `days` later; null if `text` is not a day. */
export function dayStart(text: string, zone: Zone, days = 0): string | null {
  if (!day.test(text)) return null
  const start = new Date(zone === 'UTC' ? `${text}T00:00:00Z` : `${text}T00:00:00`)
  if (Number.isNaN(start.getTime())) return null
  if (zone === 'UTC') start.setUTCDate(start.getUTCDate() + days)
  else start.setDate(start.getDate() + days)
  return start.toISOString()
}

/** The API's filters for those in the URL. Days are whole days of `zone`, including the last one. */
export function readFilters(get: (key: string) => string | null, zone: Zone): AuditFilters {
  const from = dayStart(get('from') ?? '', zone)
  const to = dayStart(get('to') ?? '', zone, 1)
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
