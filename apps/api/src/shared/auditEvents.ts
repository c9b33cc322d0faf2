import type { AuditEvent, Person } from '@tickwatch/db'
import type { Json } from '@tickwatch/policy'
import type { Caller } from '../auth/caller.ts'

type Act = {
  /** `<noun>.<verb>`. */
  action: string
  tenantId?: string | null
  target: string
  before?: Json
  after?: Json
  reason?: string
}

/** The audit event of what a person did, for the transaction that does it. */
export const personEvent = (caller: Caller, act: Act): AuditEvent => ({
  ...common(act),
  actorKind: 'person',
  actor: caller.subject,
  actorName: caller.name,
  requestId: caller.requestId,
  source: caller.source,
})

/** A request of a program with an API token. */
export type ProgramRequest = { token: { tokenId: string; name: string }; requestId: string; source: string | null }

/** The audit event of what a program with an API token did. */
export const programEvent = ({ token, requestId, source }: ProgramRequest, act: Act): AuditEvent => ({
  ...common(act),
  actorKind: 'machine',
  actor: token.tokenId,
  actorName: `API token ${token.name}`,
  requestId,
  source,
})

/** The audit event of what a background worker did by itself. */
export const systemEvent = (worker: string, act: Act): AuditEvent => ({
  ...common(act),
  actorKind: 'system',
  actor: worker,
  actorName: worker,
  requestId: null,
  source: null,
})

const common = ({ action, tenantId = null, target, before = null, after = null, reason }: Act) => ({
  occurredAt: new Date(),
  action,
  tenantId,
  target,
  before,
  after,
  reason: reason ?? null,
})

export const personOf = ({ subject, name }: Caller): Person => ({ subject, name })
