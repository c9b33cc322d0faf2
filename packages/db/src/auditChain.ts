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

/** Hex SHA-256 of three lines: previous hash, number and body. The database's `audit_append` computes the same. */
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
    const column = differingColumn(row)
    if (column) return { link, fault: { seq: row.seq, what: `its column ${column} differs from its content` } }
    link = { seq: row.seq, hash: row.hash }
  }
  return { link, fault: null }
}

/** Finds a column that differs from the hashed body: filters would hide the event, or show it to the wrong tenant. */
function differingColumn(row: AuditRow): string | null {
  const body = JSON.parse(row.body) as Record<string, unknown>
  for (const name of ['tenantId', 'actor', 'actorName', 'action'] as const) if (row[name] !== body[name]) return name
  return Date.parse(row.occurredAt) === Date.parse(String(body.occurredAt)) ? null : 'occurredAt'
}
