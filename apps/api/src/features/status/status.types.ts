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

/** An incident of an SLO that the page shows. Nothing of it is what people wrote about it. */
export type StatusIncident = {
  id: string
  /** Of the SLO, as it is now. */
  title: string
  /**
   * `burning`: its alerts fire. `blind`: there is no data, so nobody knows whether it is over. `ending`: it is not resolved, and
   * neither of the two is known.
   */
  state: 'burning' | 'blind' | 'ending' | 'resolved'
  /** It is not resolved, and somebody works on it. */
  acknowledged: boolean
  /** Its first alert was that data are missing. */
  beganBlind: boolean
  /** From 1; one more each time it came back. */
  episode: number
  /** When the first alert of this episode began to fire. */
  beganAt: string
  /** Null while it is not resolved. */
  resolvedAt: string | null
  /** Those that it concerns, at most ten of them; null if the reader may not see names of tenants. */
  tenants: { names: string[]; count: number } | null
}

export type StatusIncidents = {
  /** Those that are not resolved, the one that began first comes first. */
  open: StatusIncident[]
  /** Those of the last days, the one that was resolved last comes first. */
  resolved: StatusIncident[]
  /** How many days those are. */
  days: number
  /** There are more than are listed. */
  more: boolean
  /** When they were read, if Postgres does not answer now. Then nobody knows what has changed since; otherwise null. */
  knownAt: string | null
  /** Alerts can't be read now, so one that began may be missing, and one that ended may still be listed as open. */
  alertsUnread: boolean
}

/** What the status page shows: the SLOs that are built in, all tenants together. Times are ISO 8601, UTC. */
export type StatusView = {
  slos: StatusSlo[]
  /** Of these SLOs. Null if Postgres does not answer and this process never read them. */
  incidents: StatusIncidents | null
  /** The end of the newest step that is counted; null without figures. */
  asOf: string | null
  /** Why something is missing, as a sentence. */
  missing: string | null
  databaseAway: DatabaseAwayView | null
}
