import type { Alerting, Budget, Cause, Definition, Episode, RuleGroup, Severity, Window } from '@tickwatch/slo'
import { z } from 'zod'
import { textInput } from '../../shared/inputs.ts'
import { endsLater, rangeInput } from '../usage/usage.types.ts'
import type { Figures } from './slo.figures.ts'

const sloId = textInput(63)
/** The key of a group, as a list of groups has it. Null is all groups together, or an SLO without groups. */
const group = textInput(2_000).nullable()

/** @param tenantId only the groups of this tenant, if the caller may see them */
export const listInput = z.object({ tenantId: textInput(100).nullable() })
export const getInput = z.object({ sloId, group })
export const sloHistoryInput = rangeInput.extend({ sloId, group }).refine(...endsLater)
export const causesInput = z.object({ sloId, group })
const burnInput = z.object({
  severity: z.enum(['page', 'ticket']),
  factor: z.number().min(0).max(1_000),
  longMinutes: z.number().int().min(1).max(20_160),
  shortMinutes: z.number().int().min(1).max(20_160),
})
/** What would have fired in the last days with this objective and these alerts. `packages/slo` judges them as it does at save. */
export const whatIfInput = z.object({
  sloId,
  group,
  objective: z.number().min(0).max(1),
  alerting: z.object({ burns: z.array(burnInput).max(8), badEventsMin: z.number().int().min(1).max(1_000_000) }),
})

export type FiringView = { severity: Severity | 'blind'; since: string; group: GroupView | null }
export type GroupView = { key: string; labels: Record<string, string> }

export type SloRowView = {
  sloId: string
  title: string
  owner: string
  kind: Definition['sli']['kind']
  objective: number
  window: Window
  groupBy: string[]
  /** The group that the figures are of: of those that the caller may see the most urgent one. Null: all events together. */
  of: GroupView | null
  /** Null if the store of metrics did not answer and never did before. */
  figures: Figures | null
  /** Of each of the last 30 days the part of the group’s events that were bad, the earliest first; null without traffic. */
  badRatioByDay: (number | null)[]
  /** Until when a maintenance window excludes what happens now to what the figures are of; null if none does. */
  maintenanceUntil: string | null
  /** What fires, of the groups that the caller may see; null if nobody knows. */
  firing: FiringView[] | null
  /** The groups that the caller may see; null for an SLO without groups. */
  groups: { count: number; exhausted: number; burning: number; blind: number } | null
  /** The lowest burn that pages or opens a ticket; null if none does. */
  firesAt: Record<Severity, number | null>
}

/** Postgres does not answer, so the page shows the definitions that were read last. */
export type DatabaseAwayView = {
  definitionsOf: string
  /** The caller's roles are unknown, so this is what a guest sees. */
  asGuest: boolean
}

export type SloListView = {
  slos: SloRowView[]
  databaseAway: DatabaseAwayView | null
  /** The end of the newest step that is counted; null without figures. */
  asOf: string | null
  /** Why figures are missing or old, as a sentence; null if the store of metrics answered. */
  missing: string | null
}

/** A group and its figures. */
export type GroupRowView = GroupView & { figures: Figures; firing: FiringView[] | null }

export type SloView = Omit<SloRowView, 'badRatioByDay' | 'kind'> & {
  definition: Definition
  version: number
  savedAt: string
  savedBy: string
  /** As AMP is asked to run them. */
  rules: RuleGroup
  stepSeconds: number
  /** The end of the newest step that was counted again, when no more samples of it could arrive; null if none was. */
  settledUntil: string | null
  /** The most urgent groups that the caller may see. */
  urgentGroups: GroupRowView[]
  databaseAway: DatabaseAwayView | null
  asOf: string | null
  missing: string | null
}

/** `t` is the end of a point in Unix time. Null: nothing was measured; a total of 0: there was no traffic. */
export type SloPoint = {
  t: number
  bad: number | null
  total: number | null
  /** What is left of the window's budget, of which all was there when the window began; null before that, and without data. */
  left: number | null
  /** For each alert the highest burn of its long window, also in maintenance, as the rules see it; null without traffic. */
  burns: (number | null)[]
}

export type BurnView = {
  severity: Severity
  factor: number
  longSeconds: number
  shortSeconds: number
  /** Null without traffic. It fires if both are above the factor, and the long window has enough bad events. */
  longBurn: number | null
  shortBurn: number | null
  badEvents: number
  badEventsMin: number
}

export type SloHistoryView = {
  bucketSeconds: number
  points: SloPoint[]
  /** Null if the store of metrics did not answer. */
  budget:
    | (Pick<Budget, 'bad' | 'total' | 'allowed' | 'leftRatio' | 'expected' | 'allowedSeconds' | 'seconds'> & {
        from: string
        to: string
      })
    | null
  burns: BurnView[]
  /** The maintenance windows in the range that concern all of this, the earliest first. */
  maintenance: { id: string; startsAt: string; until: string }[]
  /** If this is all groups together, how many of them have windows of their own in the range. */
  groupsInMaintenance: number
  /** When the alerts as they are now would have fired in the range: by the formula of the rules, from what they counted. */
  episodes: EpisodesView
  asOf: string | null
  missing: string | null
}

export type EpisodesView = {
  /** The newest, at most 100. `toSeconds` is null if it fires at the end. */
  newest: Pick<Episode, 'alert' | 'fromSeconds' | 'toSeconds' | 'group'>[]
  byAlert: { alert: Episode['alert']; count: number; seconds: number; longestSeconds: number }[]
}

export type WhatIfView = {
  from: string
  to: string
  /** So many groups were replayed, of those that the caller may see; null for an SLO without groups. */
  groups: { replayed: number; of: number } | null
  asItIs: ReplayView
  instead: ReplayView
  missing: string | null
}
export type ReplayView = { objective: number; alerting: Alerting; leftRatio: number | null; episodes: EpisodesView }

/** What a maintenance window would exclude of what is counted. */
export type MaintenancePreview = {
  /** Those that the window concerns; none if it lies in the future. `leftRatio` as in `Figures`, now and with the window. */
  slos: {
    sloId: string
    title: string
    objective: number
    /** The events that would not count any more. */
    bad: number
    total: number
    leftRatio: number | null
    leftRatioThen: number | null
  }[]
  asOf: string | null
  missing: string | null
}

export type CausesView = {
  from: string
  to: string
  /** Bad events by who must act; null if the counters do not say why, or the store of metrics did not answer. */
  byCause: { cause: Cause; bad: number; values: string[] }[] | null
  missing: string | null
}
