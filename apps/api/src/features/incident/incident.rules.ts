import type { AlertEnd, Incident, IncidentEvent, IncidentState } from '@tickwatch/db'
import { blindStepsMin } from '@tickwatch/slo'

/** What happens to an incident: an alert begins to fire, a person takes it, or it ends. */
export type IncidentAct = 'fire' | 'acknowledge' | 'resolve'

const transitions: Readonly<Record<IncidentState, Partial<Record<IncidentAct, IncidentState>>>> = {
  open: { fire: 'open', acknowledge: 'acknowledged', resolve: 'resolved' },
  acknowledged: { fire: 'acknowledged', resolve: 'resolved' },
  resolved: { fire: 'reopened' },
  reopened: { fire: 'reopened', acknowledge: 'acknowledged', resolve: 'resolved' },
}

/** The state after an act; null if the incident is in a state in which nobody can do that. */
export const nextState = (state: IncidentState, act: IncidentAct): IncidentState | null =>
  transitions[state][act] ?? null

/** What the recorded events of an incident's SLO and group say. */
export type Seen = {
  /** The newest recorded step; null if there is none in the last minutes. */
  lastMs: number | null
  /** How many of the last three steps were recorded. */
  recentSteps: number
}

/**
 * Whether an incident whose alerts ended is over. An alert also ends if its data end, and that is no evidence.
 * - `over`: data of the time when the last alert ended, or later, and no alert fires.
 * - `blind`: no data since then, for as long as it takes to be sure.
 * - `wait`: not known yet.
 *
 * An incident that was blind needs two steps with data: with the first one the alert may fire again.
 */
export function judgeEnd(
  { blind }: Pick<Incident, 'blind'>,
  { endedAt }: Pick<AlertEnd, 'endedAt'>,
  seen: Seen,
  nowMs: number,
  stepMs: number,
): 'over' | 'blind' | 'wait' {
  const endedMs = endedAt.getTime()
  if (seen.lastMs !== null && seen.lastMs >= endedMs) return blind && seen.recentSteps < 2 ? 'wait' : 'over'
  return nowMs - endedMs >= blindStepsMin * stepMs ? 'blind' : 'wait'
}

/** What changes if no alert of an incident fires; null if nothing does. @param judged null for an alert of no SLO */
export function settle(
  incident: Incident,
  judged: ReturnType<typeof judgeEnd> | null,
  now: Date,
): { incident: Incident; events: IncidentEvent[] } | null {
  const event = (kind: IncidentEvent['kind']): IncidentEvent => ({
    ...{ incidentId: incident.id, episode: incident.episode, at: now, kind, tenantId: null, alert: null, by: null },
    text: null,
  })
  if (judged === 'wait' || (judged === 'blind' && incident.blind)) return null
  if (judged === 'blind') return { incident: { ...incident, blind: true }, events: [event('blind')] }
  const state = nextState(incident.state, 'resolve')
  if (state === null) return null
  return {
    incident: { ...incident, state, blind: false, resolvedAt: now },
    events: [...(incident.blind ? [event('sighted')] : []), event('resolved')],
  }
}
