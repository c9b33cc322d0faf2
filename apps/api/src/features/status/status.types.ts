import type { DatabaseAwayView } from '../slo/slo.reads.types.ts'

/**
 * `burning`: an alert on its burn rate fires. `idle`: there was no traffic in the last hour. `unknown`: nothing is measured, or
 * nobody knows what fires.
 */
type StatusState = 'good' | 'burning' | 'idle' | 'unknown'

/** A day in UTC; the last one is today so far. */
export type StatusDay = {
  date: string
  /** The part of its events that were bad; null without events. */
  badRatio: number | null
  /** The part of its steps so far that have data. */
  measuredRatio: number
  /** Whether at most as much was bad as the objective of today allows. */
  state: 'kept' | 'broken' | 'withoutTraffic' | 'withoutData'
}

export type StatusSlo = {
  sloId: string
  title: string
  state: StatusState
  /** Burning: since when. Unknown: the newest data, or null if there is none that anyone knows of. Otherwise null. */
  since: string | null
  /** The tenants for which it burns; null if the reader may not see names of tenants. */
  tenants: string[] | null
  /** The last 90 days, the earliest first; null if they are not known now. */
  days: StatusDay[] | null
}

/** What the status page shows: the SLOs that are built in, all tenants together. Times are ISO 8601, UTC. */
export type StatusView = {
  slos: StatusSlo[]
  /** The end of the newest step that is counted; null without figures. */
  asOf: string | null
  /** Why something is missing, as a sentence. */
  missing: string | null
  databaseAway: DatabaseAwayView | null
}
