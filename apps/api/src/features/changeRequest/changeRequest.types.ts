import type { Envelope, LimitChange, Limits, OutsideEnvelope } from '@tickwatch/policy'
import type { Definition } from '@tickwatch/slo'
import { z } from 'zod'
import { limitName, questionInput, reasonInput } from '../../shared/inputs.ts'
import { cursorInput, type Page, type Person } from '../../shared/page.types.ts'

export const listInput = z.object({ ...cursorInput, state: z.enum(['pending', 'decided']).default('pending') })
export const byIdInput = z.object({ id: z.uuid() })
export const decideInput = byIdInput.extend({
  reason: reasonInput,
})
export const approveLessInput = decideInput.extend({
  /** The values to approve, of limits that get less than was asked. The others get what was asked. */
  limits: z.partialRecord(limitName, z.number().int()),
})
export const askInput = byIdInput.extend({ question: questionInput })

/** A change of an SLO that is asked for. */
export type SloChangeView = {
  sloId: string
  baseVersion: number
  before: Definition | null
  /** Null if it deletes the SLO. */
  after: Definition | null
  /** How it makes the SLO easier to meet or quieter, one sentence for each way. */
  weakenings: string[]
  /** SHA-256 of exactly what is approved. */
  sha256: string
}

/** A maintenance window that is asked for. Times are ISO 8601, UTC. */
export type MaintenanceChangeView = {
  /** Null is every SLO. */
  sloId: string | null
  /** Of one group of it; null is all of it. */
  labels: Record<string, string> | null
  startsAt: string
  endsAt: string
  /** SHA-256 of exactly what is approved. */
  sha256: string
}

/** A rollout that is asked for. */
export type RolloutChangeView = {
  rolloutId: string
  /** Of the rollout, for people. */
  number: number
  image: { id: string; name: string; version: string }
  environment: string
  /** In their order. */
  waves: { name: string; groups: string[] }[]
  approversNeeded: number
  /** SHA-256 of exactly what is approved. */
  sha256: string
}

export type ChangeRequestState = 'pending' | 'approved' | 'declined' | 'withdrawn' | 'outdated'
/** A person's approval of a request that is approved once enough people have. */
export type ApprovalView = { by: Person; at: string; reason: string }
/** An approver's question about a request, or the tenant's answer. */
export type MessageView = { kind: 'question' | 'answer'; by: Person; at: string; text: string }
export type ChangeRequestView = {
  id: string
  tenantId: string
  tenantName: string
  plan: string
  state: ChangeRequestState
  createdAt: string
  by: Person
  reason: string
  /** `quota`, `slo`, `maintenance`, `rollout`, or a kind that only a newer release knows. */
  kind: string
  /** Of the kind `slo`, if this release can read it. */
  slo: SloChangeView | null
  /** Of the kind `maintenance`, if this release can read it. */
  maintenance: MaintenanceChangeView | null
  /** Of the kind `rollout`, if this release can read it. */
  rollout: RolloutChangeView | null
  /** Of the kind `quota`; otherwise empty, like the next two. */
  limits: Limits
  changes: LimitChange[]
  outside: OutsideEnvelope[]
  endsAt: string | null
  /** How long it lasts from its approval; null if it has no end, or ends at `endsAt`. */
  boostSeconds: number | null
  decision: { by: Person; at: string; reason: string; approved: boolean } | null
  /** What was applied of `changes`; null until it is approved. */
  approved: LimitChange[] | null
  /** How many people must approve it. */
  approversNeeded: number
  /** Of the kind `rollout`, oldest first. The approval of another request is its decision. */
  approvals: ApprovalView[]
  messages: MessageView[]
  /** Why this person may not decide it, as a sentence; null when they may. */
  mayNotDecide: string | null
}
export type ChangeRequestDetailView = ChangeRequestView & {
  envelope: Envelope
  /** Present use of each changed limit, and the samples refused because of it; null if the limit has no meter. */
  use: { limit: string; used: number | null; refusedPerSecond: number | null; p99: number | null }[]
  /**
   * The sum of all tenants' samples per second limits, before and after; what arrives now; and what the platform carries,
   * null if that is not known.
   */
  fleetTotal: { before: number; after: number; used: number | null; capacity: number | null }
  similar: ChangeRequestView[]
  /** Null until approved. */
  appliedRevision: number | null
}

export type ChangeRequestPage = Page<ChangeRequestView> & { pendingCount: number }
