import { createHash } from 'node:crypto'
import { canonicalJson } from '@tickwatch/policy'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AuditRow, auditGenesis, auditHash, followAuditChain } from './auditChain.ts'

function chainOf(reasons: string[]): AuditRow[] {
  let link = auditGenesis
  return reasons.map((reason, i) => {
    const columns = { tenantId: i % 2 ? 'acme' : null, actor: 'ann', actorName: 'Ann', action: 'quota.propose' }
    const occurredAt = new Date(1_800_000_000_000 + i).toISOString()
    const body = canonicalJson({ ...columns, occurredAt, reason })
    const seq = i + 1
    link = { seq, hash: auditHash(link.hash, seq, body) }
    return { ...columns, ...link, body, occurredAt }
  })
}

/** Verifies the whole log: first the rows in order, then the head. */
function verify(rows: AuditRow[], original: AuditRow[]) {
  const { link, fault } = followAuditChain(auditGenesis, rows)
  const head = original.at(-1) ?? auditGenesis
  return fault ?? (link.seq === head.seq && link.hash === head.hash ? null : { seq: link.seq + 1, what: 'cut short' })
}

const chains = fc.array(fc.string({ unit: 'binary' }), { minLength: 3, maxLength: 30 }).map(chainOf)
const chainAndIndex = chains.chain((rows) => fc.tuple(fc.constant(rows), fc.nat(rows.length - 1)))

describe('an audit chain', () => {
  it('of untouched events is intact, in one piece or in pages', () => {
    fc.assert(
      fc.property(chainAndIndex, ([rows, at]) => {
        expect(verify(rows, rows)).toBeNull()
        const first = followAuditChain(auditGenesis, rows.slice(0, at))
        expect(followAuditChain(first.link, rows.slice(at)).link).toEqual({
          seq: rows.at(-1)?.seq,
          hash: rows.at(-1)?.hash,
        })
      }),
    )
  })

  it('hashes the previous hash, the number and the body, each on a line', () => {
    const expected = createHash('sha256')
      .update(`${'0'.repeat(64)}\n1\n{"é":"😀"}`, 'utf8')
      .digest('hex')
    expect(auditHash(auditGenesis.hash, 1, '{"é":"😀"}')).toBe(expected)
  })

  it('shows an edit of any event, at that event', () => {
    fc.assert(
      fc.property(chainAndIndex, fc.string(), ([rows, at], reason) => {
        const row = rows[at] as AuditRow
        const body = canonicalJson({ ...JSON.parse(row.body), reason: `${reason}!` })
        fc.pre(body !== row.body)
        expect(verify(rows.with(at, { ...row, body }), rows)?.seq).toBe(row.seq)
      }),
    )
  })

  it('shows an edit with a recomputed hash, at the next event or at the head', () => {
    fc.assert(
      fc.property(chainAndIndex, ([rows, at]) => {
        const row = rows[at] as AuditRow
        const body = canonicalJson({ ...JSON.parse(row.body), reason: 'forged', forged: true })
        const hash = auditHash(rows[at - 1]?.hash ?? auditGenesis.hash, row.seq, body)
        expect(verify(rows.with(at, { ...row, body, hash }), rows)?.seq).toBe(row.seq + 1)
      }),
    )
  })

  it('shows a removed event, also the last one', () => {
    fc.assert(
      fc.property(chainAndIndex, ([rows, at]) => {
        expect(verify(rows.toSpliced(at, 1), rows)?.seq).toBe(at + 1)
      }),
    )
  })

  it('shows two events that changed places', () => {
    fc.assert(
      fc.property(chainAndIndex, fc.nat(), ([rows, at], other) => {
        const to = other % rows.length
        fc.pre(to !== at)
        const swapped = rows.with(at, rows[to] as AuditRow).with(to, rows[at] as AuditRow)
        expect(verify(swapped, rows)?.seq).toBe(Math.min(at, to) + 1)
      }),
    )
  })

  it('shows an inserted event, whatever its number and hash', () => {
    fc.assert(
      fc.property(chainAndIndex, fc.boolean(), ([rows, at], renumbered) => {
        const before = rows[at - 1] ?? { ...auditGenesis }
        const body = canonicalJson({ ...JSON.parse((rows[at] as AuditRow).body), reason: 'inserted', forged: true })
        const seq = before.seq + 1
        const forged = { ...(rows[at] as AuditRow), seq, body, hash: auditHash(before.hash, seq, body) }
        const rest = renumbered ? rows.slice(at).map((row) => ({ ...row, seq: row.seq + 1 })) : rows.slice(at)
        expect(verify([...rows.slice(0, at), forged, ...rest], rows)).not.toBeNull()
      }),
    )
  })

  it.each([
    ['tenantId', 'globex'],
    ['actor', 'eve'],
    ['actorName', 'Eve'],
    ['action', 'tenant.create'],
    ['occurredAt', '2020-01-01T00:00:00.000Z'],
  ])('shows a column %s that differs from what was hashed', (column, value) => {
    const rows = chainOf(['a', 'b', 'c'])
    const forged = rows.with(1, { ...(rows[1] as AuditRow), [column]: value })
    expect(verify(forged, rows)).toEqual({ seq: 2, what: `its column ${column} differs from its content` })
  })

  it.each(['not JSON', '', '{"a":1', 'null', '5', '"text"', '[]'])('shows a hashed body that is %j', (body) => {
    const rows = chainOf(['a', 'b', 'c'])
    const hash = auditHash(rows[0]?.hash ?? '', 2, body)
    const forged = rows.with(1, { ...(rows[1] as AuditRow), body, hash })
    expect(verify(forged, rows)).toEqual({ seq: 2, what: 'its content is not a JSON object' })
  })
})
