import type { Json, LimitChange, Limits, OutsideEnvelope } from '@tickwatch/policy'
import type { Prisma } from './generated/client.ts'
import { changesOf, limitsOf, outsideOf, type Person } from './json.ts'
import { clientOf, type Tx } from './transaction.ts'

export type ChangeRequestState = 'pending' | 'approved' | 'declined' | 'withdrawn' | 'outdated'

/** What a request would change, if it is not a quota. */
export type RequestSubject = {
  kind: string
  /** Of the thing that would change. */
  id: string
  /** Exactly what is approved. */
  content: Json
  /** Hex SHA-256 of its canonical JSON. */
  sha256: string
}

export type ChangeRequest = {
  id: string
  tenantId: string
  tenantName: string
  plan: string
  createdAt: Date
  by: Person
  reason: string
  /** Null for a quota: `limits` says what would change. Of another kind of request, what is about limits is empty. */
  subject: RequestSubject | null
  /** Only the limits that change. Null means the platform's default. */
  limits: Limits
  changes: LimitChange[]
  outside: OutsideEnvelope[]
  /** The revision that the request is based on. */
  baseRevision: number
  endsAt: Date | null
  /** How long the change lasts from its approval; null if it has no end or ends at `endsAt`. */
  boostSeconds: number | null
  state: ChangeRequestState
  decision: { by: Person; at: Date; reason: string } | null
  appliedRevision: number | null
  /** What the approver applied of `changes`; null until it is approved. */
  approved: LimitChange[] | null
  /** Questions of approvers and answers of the tenant, oldest first. */
  messages: ChangeRequestMessage[]
  /** How many people must approve it. */
  approversNeeded: number
  /** Of a rollout, oldest first. The approval of another request is its decision. */
  approvals: ChangeRequestApproval[]
}
export type ChangeRequestApproval = { by: Person; at: Date; reason: string }
export type ChangeRequestMessage = { kind: 'question' | 'answer'; by: Person; at: Date; text: string }
export const withTenant = { tenant: { select: { name: true, plan: true } } } satisfies Prisma.ChangeRequestInclude
export type Row = Prisma.ChangeRequestGetPayload<{ include: typeof withTenant }>

/**
 * The requests of these rows. Messages, applied changes and approvals are read one after the other: if an `include` has several
 * relations, Prisma queries them at the same time, which a connection of pg 9 will refuse.
 */
export async function requestsOf(tx: Tx, rows: readonly Row[]): Promise<ChangeRequest[]> {
  if (rows.length === 0) return []
  const client = clientOf(tx)
  // The indexes begin with the tenant.
  const where = {
    tenantId: { in: [...new Set(rows.map(({ tenantId }) => tenantId))] },
    changeRequestId: { in: rows.map(({ id }) => id) },
  }
  const messages = await client.changeRequestMessage.findMany({ where, orderBy: { position: 'asc' } })
  const revisions = rows.every(({ appliedRevision }) => appliedRevision === null)
    ? []
    : await client.quotaRevision.findMany({ where, select: { changeRequestId: true, changes: true } })
  const approvals = rows.every(({ kind }) => kind === 'quota')
    ? []
    : await client.changeRequestApproval.findMany({ where, orderBy: [{ at: 'asc' }, { bySubject: 'asc' }] })
  return rows.map((row) => {
    const revision = revisions.find(({ changeRequestId }) => changeRequestId === row.id)
    return {
      ...requestOf(row),
      approved: revision ? changesOf(revision.changes) : null,
      messages: messages
        .filter(({ changeRequestId }) => changeRequestId === row.id)
        .map(({ kind, bySubject, byName, createdAt, text }) => ({
          kind,
          by: { subject: bySubject, name: byName },
          at: createdAt,
          text,
        })),
      approvals: approvals
        .filter(({ changeRequestId }) => changeRequestId === row.id)
        .map(({ bySubject, byName, at, reason }) => ({ by: { subject: bySubject, name: byName }, at, reason })),
    }
  })
}

const requestOf = (row: Row): Omit<ChangeRequest, 'approved' | 'messages' | 'approvals'> => ({
  id: row.id,
  tenantId: row.tenantId,
  tenantName: row.tenant.name,
  plan: row.tenant.plan,
  createdAt: row.createdAt,
  by: { subject: row.bySubject, name: row.byName },
  reason: row.reason,
  subject:
    row.kind === 'quota'
      ? null
      : { kind: row.kind, id: row.subjectId ?? '', content: row.content as Json, sha256: row.contentSha256 ?? '' },
  limits: limitsOf(row.limits),
  changes: changesOf(row.changes),
  outside: outsideOf(row.outside),
  baseRevision: row.baseRevision,
  endsAt: row.endsAt,
  boostSeconds: row.boostSeconds,
  state: row.state,
  decision:
    row.decidedAt === null
      ? null
      : {
          by: { subject: row.decidedBySubject ?? '', name: row.decidedByName ?? '' },
          at: row.decidedAt,
          reason: row.decisionReason ?? '',
        },
  appliedRevision: row.appliedRevision,
  approversNeeded: row.approversNeeded,
})
