import { idPattern } from '@tickwatch/slo'
import { z } from 'zod'
import { reasonInput, textInput, timeInput } from '../../shared/inputs.ts'
import { cursorInput, type Person } from '../../shared/page.types.ts'
import type { WindowState } from '../../shared/windowState.ts'

export const windowInput = z.object({
  /** Null is every SLO. */
  sloId: z.string().regex(idPattern, 'An SLO has no such id.').nullable(),
  /** The key of a group of it; null is all of it. */
  group: textInput(2_000).nullable(),
  startsAt: timeInput,
  endsAt: timeInput,
})
export const planInput = windowInput.extend({ reason: reasonInput })
export const endInput = z.object({ id: z.uuid(), reason: reasonInput })
export const pastInput = z.object(cursorInput)

type About = {
  /** Null is every SLO. */
  sloId: string | null
  /** The title of the SLO; null if it is every SLO, or is deleted. */
  title: string | null
  /** Of one group of it; null is all of it. */
  labels: Record<string, string> | null
  startsAt: string
  /** As it was asked for. */
  endsAt: string
}

/** Times are ISO 8601, UTC. */
export type MaintenanceView = About & {
  id: string
  state: WindowState
  /** Until when it holds or held: earlier than `endsAt` if a person ended it. */
  until: string
  /** How long after its beginning it was approved; 0 if before. So much of it was excluded after the fact. */
  approvedLateSeconds: number
  /** Who asked, approved and ended it, and why: for the platform's people, because a reason may name a tenant. */
  decision: {
    by: Person
    reason: string
    approvedBy: Person
    approvedAt: string
    ended: { by: Person; reason: string } | null
    changeRequestId: string
  } | null
}

export type MaintenanceRequestView = About & { id: string; createdAt: string; by: Person; reason: string }

export type CurrentMaintenance = {
  /** Those that hold and those that come, the one that begins first first. */
  windows: MaintenanceView[]
  /** Those that wait for an approval; empty for who is not of the platform team. */
  requests: MaintenanceRequestView[]
}
