import type { AlertSeverity, IncidentEventKind, IncidentState } from '@tickwatch/db'
import { idForms } from '@tickwatch/policy'
import type { Window } from '@tickwatch/slo'
import { z } from 'zod'
import { idInput, nameInput, reasonInput, textInput } from '../../shared/inputs.ts'
import { cursorInput, type Person } from '../../shared/page.types.ts'
import type { RolledBack } from '../rollback/rollback.types.ts'
import type { Figures } from '../slo/slo.figures.ts'
import type { FiringView } from '../slo/slo.reads.types.ts'
import type { RankedChange } from './whatChanged.rules.ts'

// 1. Inputs ----------------------------------------------------------------------------------------------------------

/** No incident has the number 0: a page asks for it if its URL has none. */
const number = z.number().int().min(0).max(2_147_483_647)
export const byNumberInput = z.object({ number })
// The form of an SLO's id in packages/slo is the same as a tenant's.
export const listOfTenantInput = z.object({
  ...cursorInput,
  state: z.enum(['open', 'resolved']).optional(),
  slo: idInput(idForms.tenant).optional(),
})
export const listInput = listOfTenantInput.extend({ tenantId: idInput(idForms.tenant).optional() })
/** Null if nobody has it any more. */
export const assignInput = z.object({ number, assignee: nameInput(100).nullable() })
export const noteInput = z.object({ number, text: nameInput(4_000) })
/** While alerts fire, only `evenIfFiring` resolves it, for alerts whose end nobody will report. */
export const resolveInput = z.object({ number, reason: reasonInput, evenIfFiring: z.boolean().default(false) })
/**
 * `change` is the id of one of the incident's changes. If reverting it rolls the fleet back, `rollback` has what
 * `rollback.run` needs.
 */
export const revertInput = z.object({
  ...{ number, change: textInput(200) },
  rollback: z.object({ preview: textInput(64), confirm: textInput(100), reason: reasonInput }).optional(),
})

// 2. Views. Times are ISO 8601, UTC ----------------------------------------------------------------------------------

export type IncidentOfTenantView = {
  number: number
  /** The harm in one line. */
  title: string
  state: IncidentState
  severity: AlertSeverity
  /** The SLO's id; null for an alert of no SLO. */
  slo: string | null
  alertName: string
  /** The labels that name the group; empty if it is about the whole SLO. */
  labels: Record<string, string>
  /** From 1; one more each time it is reopened. */
  episode: number
  /** Its alerts ended only because there is no data. */
  blind: boolean
  openedAt: string
  /** When the first alert of this episode began to fire. */
  beganAt: string
  resolvedAt: string | null
}
export type IncidentView = IncidentOfTenantView & {
  tenants: string[]
  assignee: string | null
  /** The change that ranked first when this episode began, and why; null if Tickwatch knows of none. */
  suspect: { change: string; why: string } | null
}

export type EventOfTenantView = {
  id: number
  episode: number
  at: string
  kind: IncidentEventKind
  /** The tenant that an alert is about; null for what concerns the whole incident. */
  tenantId: string | null
  alert: { name: string; severity: AlertSeverity; labels: Record<string, string>; startsAt: string } | null
}
export type EventView = EventOfTenantView & {
  /** Null if nobody did it. */
  by: Person | null
  text: string | null
}

/** With the reason why it ranks where it does, and the way back. */
export type ChangeView = Omit<RankedChange, 'at' | 'savedAt' | 'wasPublished' | 'revert'> & {
  at: string
  why: string
  /** It can be reverted from the incident with no more than its id. */
  revertable: boolean
  /** The policy version to which the fleet can be rolled back from the incident; null for other changes. */
  rollBackTo: number | null
  /** What reverting it does, or why it can't be reverted here and what to do instead. */
  wayBack: string
}

export type IncidentDetail = IncidentView & {
  /** How many of its alerts fire now. */
  alertsFiring: number
  /** Oldest first; of a long one the newest 500. */
  timeline: EventView[]
  /** The most suspect first. */
  changes: ChangeView[]
}
export type IncidentOfTenantDetail = IncidentOfTenantView & { timeline: EventOfTenantView[] }

/** The part of bad events in each step, oldest first; null where there were no events. `t` is in seconds since the epoch. */
export type SliChart =
  | { points: { t: number; badRatio: number | null }[]; stepSeconds: number; missing: null }
  | { points: null; missing: string }

/** What is left of the budgets of those that an incident harms. */
export type HarmedView = {
  /** Null if there is no SLO. */
  window: Window | null
  /** A group of the SLO for each, or the whole SLO if it has no groups; the most urgent first, at most 100. */
  rows: {
    /** The key of the group; null if it has none, or nothing was measured of it. */
    key: string | null
    labels: Record<string, string>
    figures: Figures | null
    firing: FiringView[] | null
  }[]
  /** How many more there are. */
  more: number
  /** The end of the newest step that is counted; null without figures. */
  asOf: string | null
  /** Why figures are missing or old, as a sentence; null if the store of metrics answered. */
  missing: string | null
}

/** What the charts of an SLO mark. */
export type SloMarksView = {
  /** `own`: only the caller's tenants. `none`: the caller has no tenant, so may see nothing. */
  of: 'all' | 'own' | 'none'
  /** The newest first, at most 100 for each tenant. */
  incidents: {
    number: number
    title: string
    severity: AlertSeverity
    /** The page of the portal that shows it. */
    path: string
    /** When it was not resolved, oldest first. `to` is null if it is not resolved. */
    spans: { from: string; to: string | null }[]
  }[]
  /** The newest first, at most 200. */
  changes: (Pick<RankedChange, 'id' | 'title' | 'by' | 'reason' | 'path'> & { at: string })[]
  /** Older changes are left out, because there are too many; null if all are there. */
  changesSince: string | null
}

/** How news about alerts arrive. */
export type IntakeView = {
  /**
   * Alerts that fired in the last 24 h for so short a time that Alertmanager did not say so, at most 100. Null if the metrics
   * store does not answer.
   */
  short: { name: string; labels: Record<string, string> }[] | null
  /** Null without a queue: alerts then come over the webhook only. */
  queue: {
    /** Why the queue can't be read; null if it can. */
    fault: string | null
    /** Messages that nobody could read; null if the queue has no dead-letter queue or it can't be asked. */
    deadLetters: number | null
  } | null
}

export type RevertResult =
  | { outcome: 'applied' }
  | { outcome: 'requested'; changeRequestId: string }
  | ({ outcome: 'rolledBack' } & RolledBack)
