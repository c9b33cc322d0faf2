import type { IncidentStatus } from '@tickwatch/db'
import { alertNames, allowedRatio } from '@tickwatch/slo'
import type { Known } from '../../shared/lastKnown.ts'
import type { Figures } from '../slo/slo.figures.ts'
import type { Firing } from '../slo/slo.snapshot.ts'
import type { Tally } from '../slo/slo.tallies.ts'
import { tenantLabel } from '../slo/slo.visible.ts'
import type { StatusDay, StatusIncident, StatusIncidents, StatusSlo } from './status.types.ts'

/** What is known of an SLO now. No evidence is not good news: without data, or without the alerts, the state is unknown. */
export function stateOf(
  figures: Figures | undefined,
  firing: readonly Firing[] | null,
): Pick<StatusSlo, 'state' | 'since'> & { tenants: string[] } {
  const burns = (firing ?? []).filter(({ severity }) => severity !== 'blind')
  if (burns.length > 0) {
    const tenants = burns.flatMap(({ labels }) => labels[tenantLabel] ?? [])
    const sinceSeconds = Math.min(...burns.map((alert) => alert.sinceSeconds))
    return { state: 'burning', since: isoOf(sinceSeconds), tenants: [...new Set(tenants)].sort() }
  }
  const isBlind = firing === null || firing.length > 0
  if (isBlind || figures === undefined || figures.state === 'blind' || figures.state === 'unmeasured') {
    const last = figures?.lastDataSeconds ?? null
    return { state: 'unknown', since: last === null ? null : isoOf(last), tenants: [] }
  }
  return { state: figures.state === 'withoutTraffic' ? 'idle' : 'good', since: null, tenants: [] }
}

/**
 * A day of an SLO.
 * @param counts its events, and its steps with data
 * @param stepsSoFar how many steps it has until now
 */
export function dayOf(
  startSeconds: number,
  { bad, total, steps }: Pick<Tally, 'bad' | 'total' | 'steps'>,
  objective: number,
  stepsSoFar: number,
): StatusDay {
  const badRatio = total > 0 ? bad / total : null
  return {
    date: isoOf(startSeconds).slice(0, 10),
    badRatio,
    measuredRatio: stepsSoFar === 0 ? 0 : Math.min(1, steps / stepsSoFar),
    state:
      steps === 0
        ? 'withoutData'
        : badRatio === null
          ? 'withoutTraffic'
          : badRatio > allowedRatio(objective)
            ? 'broken'
            : 'kept',
  }
}

/** Days in which an incident stays on the page after it was resolved. */
export const resolvedDays = 7
/** So many incidents are listed at most. */
export const incidentsMax = 50

/**
 * What is told of incidents. Of an SLO that is not on the page nothing is, because a person may have named a tenant in it.
 * @param known what Postgres answered: those that are not resolved first, and one more than are listed if there are more
 * @param slos those on the page
 */
export function incidentsOf(
  { value, readAt, isOld }: Known<readonly IncidentStatus[]>,
  slos: readonly Pick<StatusSlo, 'sloId' | 'title' | 'state'>[],
  { showsTenants, alertsUnread }: { showsTenants: boolean; alertsUnread: boolean },
): StatusIncidents {
  const listed = value.slice(0, incidentsMax).flatMap((incident): StatusIncident[] => {
    const slo = slos.find(({ sloId }) => sloId === incident.slo)
    if (!slo) return []
    const { id, episode, beganAt, resolvedAt, tenants: names, tenantCount: count } = incident
    return [
      {
        ...{ id, title: slo.title, state: incidentStateOf(incident, slo.state), episode },
        acknowledged: incident.state === 'acknowledged',
        beganBlind: incident.alertName === alertNames.blind,
        ...{ beganAt: beganAt.toISOString(), resolvedAt: resolvedAt?.toISOString() ?? null },
        tenants: showsTenants ? { names, count } : null,
      },
    ]
  })
  return {
    open: listed.filter(({ state }) => state !== 'resolved'),
    resolved: listed.filter(({ state }) => state === 'resolved'),
    ...{ days: resolvedDays, more: value.length > incidentsMax, alertsUnread },
    knownAt: isOld ? readAt.toISOString() : null,
  }
}

/**
 * What is known of an incident now. Alertmanager reports the end of an alert some time after AMP knows it, so the incident must
 * not say that it burns while its SLO, on the same page, is as promised.
 */
function incidentStateOf(
  { state, blind, fires }: Pick<IncidentStatus, 'state' | 'blind' | 'fires'>,
  slo: StatusSlo['state'],
): StatusIncident['state'] {
  if (state === 'resolved') return 'resolved'
  if (blind) return slo === 'good' || slo === 'idle' ? 'ending' : 'blind'
  return fires && slo === 'burning' ? 'burning' : 'ending'
}

const isoOf = (seconds: number) => new Date(seconds * 1_000).toISOString()
