import { hash } from 'node:crypto'

/** A link of the chain: an event's number and hash. */
export type AuditLink = { seq: number; hash: string }
/** One stored event. `body` is the canonical JSON that was hashed. The columns repeat parts of it for filters. */
export type AuditRow = AuditLink & {
  body: string
  /** ISO 8601. */
  occurredAt: string
  tenantId: string | null
  actor: string
  actorName: string
  action: string
}

/** The link before the first event. */
export const auditGenesis: AuditLink = { seq: 0, hash: '0'.repeat(64) }

/** Hex SHA-256 of three lines: previous hash, number and body. The database's `audit_append_all` computes the same. */
export const auditHash = (previousHash: string, seq: number, body: string): string =>
  hash('sha256', `${previousHash}\n${seq}\n${body}`, 'hex')

export type AuditFault = { seq: number; what: string }

/**
 * Checks the chain over events in order.
 * @returns the last link that fits, and the first fault or null.
 */
export function followAuditChain(
  from: AuditLink,
  rows: readonly AuditRow[],
): { link: AuditLink; fault: null } | { link: AuditLink; fault: AuditFault } {
  let link = from
  for (const row of rows) {
    const expected = link.seq + 1
    if (row.seq !== expected) {
      const what = row.seq > expected ? `event ${expected} is missing` : `event ${row.seq} comes after ${link.seq}`
      return { link, fault: { seq: Math.min(row.seq, expected), what } }
    }
    if (row.hash !== auditHash(link.hash, row.seq, row.body)) {
      return { link, fault: { seq: row.seq, what: 'its hash does not fit its content and the previous event' } }
    }
    const what = contentFault(row)
    if (what) return { link, fault: { seq: row.seq, what } }
    link = { seq: row.seq, hash: row.hash }
  }
  return { link, fault: null }
}

/** Why the body can't be what the columns say: filters would hide the event, or show it to the wrong tenant. */
function contentFault(row: AuditRow): string | null {
  const body = jsonObject(row.body)
  if (!body) return 'its content is not a JSON object'
  const differing = (['tenantId', 'actor', 'actorName', 'action'] as const).find((name) => row[name] !== body[name])
  const column = differing ?? (Date.parse(row.occurredAt) === Date.parse(String(body.occurredAt)) ? null : 'occurredAt')
  return column && `its column ${column} differs from its content`
}

/** The object in a JSON text; null if it is not JSON, or is another kind of value. */
export function jsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}
