import type { Envelope, LimitChange, Limits, OutsideEnvelope, ResolvedLimits, TenantStatus } from '@tickwatch/policy'
import { z } from 'zod'
import { answerInput, limitName, reasonInput, revisionInput, timeInput } from '../../shared/inputs.ts'
import { cursorInput, type Person } from '../../shared/page.types.ts'
import type { ChangeRequestState, MessageView } from '../changeRequest/changeRequest.types.ts'
import type { ProgressView } from '../policy/policy.types.ts'

/** 31 days. */
const boostSecondsMax = 31 * 86_400

const limitsInput = z.partialRecord(limitName, z.number().int().nullable())

export const proposeInput = z.object({
  /** Only the limits that change; null restores the platform's default. */
  limits: limitsInput.refine((l) => Object.keys(l).length > 0, 'name at least one limit to change'),
  reason: reasonInput,
  /** The revision on which the editor was opened. If it is no longer the newest, the edit is a conflict. */
  baseRevision: revisionInput.min(0),
  /** Makes the change a boost: at this time the old limits come back. */
  endsAt: timeInput.nullish(),
  /**
   * Makes the change a boost that lasts this long from when it applies, at once or by an approval. `endsAt` is ignored
   * then: an API that does not know `boostSeconds` uses it.
   */
  boostSeconds: z.number().int().min(60).max(boostSecondsMax).nullish(),
})

/** One applied state of a tenant's limits. Times are ISO 8601, UTC. */
export type QuotaRevisionView = {
  revision: number
  createdAt: string
  by: Person
  approvedBy: Person | null
  /** Why it was approved. Null if it needed no approval. */
  approvalReason: string | null
  reason: string
  changes: LimitChange[]
  /** What was requested, of which an approver may have approved a part. Null if it needed no approval. */
  asked: LimitChange[] | null
  limits: Limits
  endsAt: string | null
  /** The revision of the boost that this revision ended; null for every other one. */
  revertsRevision: number | null
  /** Null until compiled. */
  policyVersion: number | null
  propagation: ProgressView | null
}

/** A request of this tenant for limits that a platform approver decides about. */
export type QuotaRequestView = {
  id: string
  state: ChangeRequestState
  createdAt: string
  by: Person
  reason: string
  /** The limits asked for. Null means the platform's default. */
  limits: Limits
  changes: LimitChange[]
  outside: OutsideEnvelope[]
  endsAt: string | null
  /** How long it would last from its approval; null if it has no end or ends at `endsAt`. */
  boostSeconds: number | null
  /** Null while it waits. Of a withdrawn request it says who withdrew it. */
  decision: { by: Person; at: string; reason: string } | null
  /** The revision that applied it. */
  appliedRevision: number | null
  /** What was applied of `changes`; null until it is approved. */
  approved: LimitChange[] | null
  messages: MessageView[]
}

export type QuotaView = {
  tenant: {
    id: string
    name: string
    status: TenantStatus
    plan: string
    /** Null while it is active. */
    suspension: { by: string; reason: string; at: string } | null
  }
  /** 0 until the tenant sets a limit. */
  revision: number
  own: Limits
  resolved: ResolvedLimits
  platformDefaults: ResolvedLimits
  envelope: Envelope
  pending: QuotaRequestView[]
  /** Boosts that are running, with their ends. */
  scheduled: { revision: number; endsAt: string; changes: LimitChange[] }[]
}

export type ProposeResult =
  | { outcome: 'applied'; revision: number }
  | { outcome: 'requested'; changeRequestId: string; outside: OutsideEnvelope[] }

/** Sent as `conflict` with the error `quota-conflict`: what someone else changed meanwhile. */
export type QuotaConflict = {
  currentRevision: number
  by: Person
  at: string
  reason: string
  changes: LimitChange[]
  resolved: ResolvedLimits
}

export const historyInput = z.object(cursorInput)
export const requestInput = z.object({ id: z.uuid() })
export const messageInput = requestInput.extend({ answer: answerInput })
export const impactInput = z.object({ limits: limitsInput })
