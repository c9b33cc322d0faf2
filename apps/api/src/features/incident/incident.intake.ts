import type { Alert, AlertEnd, AlertReceipt, AlertSeverity, Incident, IncidentEvent } from '@tickwatch/db'
import { canonicalJson } from '@tickwatch/policy'
import { alertNames, platformTenant, sloLabels } from '@tickwatch/slo'
import { nextState } from './incident.rules.ts'

/** What is stored of alerts and incidents, as far as news about some alerts need it. */
export type IntakeState = { receipts: readonly AlertReceipt[]; incidents: readonly Incident[] }

/** What to store after news about alerts. Nothing of it if all of it was known. */
export type Intake = {
  receipts: AlertReceipt[]
  ended: AlertEnd[]
  created: Incident[]
  updated: Incident[]
  tenants: { incidentId: string; tenantId: string }[]
  events: IncidentEvent[]
}

/** If alerts fire again within this time after their incident was resolved, it is reopened instead of a new one opened. */
export const quietMs = 30 * 60_000
/**
 * So many groups of one SLO may have incidents of their own at once. The alerts of further groups go to one incident of the
 * whole SLO: if all of a thousand tenants are harmed, people need to see one outage.
 */
export const apartMax = 3

const notOfGroup: readonly string[] = [sloLabels.slo, sloLabels.tenant, sloLabels.severity, 'alertname']

export const alertNameOf = ({ labels }: Pick<Alert, 'labels'>): string => labels.alertname ?? 'alert'
export const severityOf = ({ labels }: Pick<Alert, 'labels'>): AlertSeverity =>
  labels[sloLabels.severity] === 'page' ? 'page' : 'ticket'
/** It fires because there is no data, so it is not evidence that there is harm. */
const saysBlind = (alert: Pick<Alert, 'labels'>) => alertNameOf(alert) === alertNames.blind
export const groupOf = ({ labels }: Pick<Alert, 'labels'>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => !notOfGroup.includes(name)))
/** The tenant that an alert is about: of an SLO of the platform, the one that its group names. Null if it is about the platform. */
export function tenantOf({ labels }: Pick<Alert, 'labels'>): string | null {
  const owner = labels[sloLabels.tenant]
  return labels.tenant_id ?? (owner === undefined || owner === platformTenant ? null : owner)
}

/** What the incidents of one SLO have in common, or those of one alert that is of no SLO. */
const familyOf = ({ labels }: Pick<Alert, 'labels'>) => {
  const slo = labels[sloLabels.slo]
  return `${labels[sloLabels.tenant] ?? ''}/${slo === undefined ? `alert ${labels.alertname ?? ''}` : `slo ${slo}`}`
}
const keyOf = (alert: Pick<Alert, 'labels'>) => `${familyOf(alert)} ${canonicalJson(groupOf(alert))}`
const wholeKeyOf = (alert: Pick<Alert, 'labels'>) => `${familyOf(alert)} *`

const sameTime = (a: Date, b: Date) => a.getTime() === b.getTime()

/**
 * Decides what news about alerts mean: which open, reopen or join an incident, and which end. It does not matter how often
 * and in which order news arrive: of an alert counts only the last time that it began to fire, and whether that ended.
 */
export function takeIn(
  alerts: readonly Alert[],
  known: IntakeState,
  about: { now: Date; source: string; newId: () => string },
): Intake {
  const { now, source } = about
  const intake: Intake = { receipts: [], ended: [], created: [], updated: [], tenants: [], events: [] }
  const receipts = Map.groupBy(
    known.receipts.map((receipt) => ({ ...receipt })),
    ({ fingerprint }) => fingerprint,
  )
  const stored = new Set<AlertReceipt>()
  const incidents = known.incidents.map((incident) => ({ ...incident }))
  const changed = new Set<Incident>()

  const event = (
    incident: Incident,
    kind: IncidentEvent['kind'],
    alert: Pick<Alert, 'labels' | 'startsAt'> | null = null,
  ) =>
    intake.events.push({
      ...{ incidentId: incident.id, episode: incident.episode, at: now, kind, by: null, text: null },
      tenantId: alert ? tenantOf(alert) : null,
      alert: alert && {
        name: alertNameOf(alert),
        severity: severityOf(alert),
        labels: groupOf(alert),
        startsAt: alert.startsAt.toISOString(),
      },
    })

  function store(alert: Alert, incidentId: string | null, endedAt: Date | null): void {
    const { fingerprint, status, startsAt, labels } = alert
    const receipt = { fingerprint, status, startsAt, labels, receivedAt: now, source, incidentId, endedAt }
    receipts.set(fingerprint, [...(receipts.get(fingerprint) ?? []), receipt])
    stored.add(receipt)
    intake.receipts.push(receipt)
  }

  function end(fired: AlertReceipt, endedAt: Date): void {
    fired.endedAt = endedAt
    // One that this intake stores is stored with its end.
    if (!stored.has(fired)) {
      intake.ended.push({ fingerprint: fired.fingerprint, startsAt: fired.startsAt, endedAt })
    }
    const incident = incidents.find(({ id }) => id === fired.incidentId)
    if (incident) event(incident, 'alertResolved', fired)
  }

  /** The incident of an alert that began to fire. */
  function incidentFor(alert: Alert, before: readonly AlertReceipt[]): Incident {
    const key = keyOf(alert)
    const ids = before.map(({ incidentId }) => incidentId)
    const open = incidents.filter(({ state }) => state !== 'resolved')
    const own = open.find((each) => each.key === key) ?? open.find(({ id }) => ids.includes(id))
    if (own) return join(own, alert)
    const again = quiet(key)
    if (again) return reopen(again, alert)
    const family = `${familyOf(alert)} `
    const whole = wholeKeyOf(alert)
    const apart = open.filter((each) => each.key.startsWith(family) && each.key !== whole)
    if (apart.length < apartMax) return create(alert, key, groupOf(alert))
    const ofWhole = open.find((each) => each.key === whole)
    if (ofWhole) return join(ofWhole, alert)
    const wholeAgain = quiet(whole)
    return wholeAgain ? reopen(wholeAgain, alert) : create(alert, whole, {})
  }

  /** The last incident of a key, if it was resolved a short time ago. */
  const quiet = (key: string) =>
    incidents
      .filter((each) => each.key === key && each.resolvedAt && now.getTime() - each.resolvedAt.getTime() <= quietMs)
      .toSorted((a, b) => b.openedAt.getTime() - a.openedAt.getTime())[0]

  function join(incident: Incident, alert: Alert): Incident {
    if (incident.severity === 'ticket' && severityOf(alert) === 'page') {
      incident.severity = 'page'
      changed.add(incident)
      event(incident, 'raised', alert)
    }
    if (incident.blind !== saysBlind(alert)) {
      incident.blind = saysBlind(alert)
      changed.add(incident)
      event(incident, incident.blind ? 'blind' : 'sighted')
    }
    return incident
  }

  function reopen(incident: Incident, alert: Alert): Incident {
    Object.assign(incident, {
      state: nextState(incident.state, 'fire') ?? incident.state,
      episode: incident.episode + 1,
      severity: severityOf(alert),
      blind: saysBlind(alert),
      beganAt: alert.startsAt,
      resolvedAt: null,
    } satisfies Partial<Incident>)
    changed.add(incident)
    event(incident, 'reopened')
    return incident
  }

  function create(alert: Alert, key: string, labels: Record<string, string>): Incident {
    const incident: Incident = {
      ...{ id: about.newId(), key, labels, alertName: alertNameOf(alert), severity: severityOf(alert) },
      owner: alert.labels[sloLabels.tenant] ?? '',
      slo: alert.labels[sloLabels.slo] ?? null,
      ...{
        state: 'open',
        episode: 1,
        blind: saysBlind(alert),
        openedAt: now,
        beganAt: alert.startsAt,
        resolvedAt: null,
      },
    }
    incidents.push(incident)
    intake.created.push(incident)
    event(incident, 'opened')
    return incident
  }

  for (const alert of alerts) {
    const own = receipts.get(alert.fingerprint) ?? []
    const same = own.filter(({ startsAt }) => sameTime(startsAt, alert.startsAt))
    if (same.some(({ status }) => status === alert.status)) continue
    const isOld = own.some(({ startsAt }) => startsAt > alert.startsAt)
    // What fires of the same alert from an earlier time has ended, although nobody said so.
    const earlier = own.filter(
      ({ status, endedAt, startsAt }) => status === 'firing' && endedAt === null && startsAt < alert.startsAt,
    )
    if (alert.status === 'resolved') {
      const fired = same.find(({ status }) => status === 'firing')
      store(alert, fired?.incidentId ?? null, null)
      if (fired && fired.endedAt === null) end(fired, alert.endsAt && alert.endsAt < now ? alert.endsAt : now)
      for (const each of earlier) end(each, alert.startsAt)
    } else if (isOld || same.length > 0) {
      // It ended before we heard that it began.
      store(alert, null, now)
    } else {
      const incident = incidentFor(alert, earlier)
      for (const each of earlier) end(each, alert.startsAt)
      store(alert, incident.id, null)
      event(incident, 'alertFired', alert)
      const tenantId = tenantOf(alert)
      if (tenantId !== null) intake.tenants.push({ incidentId: incident.id, tenantId })
    }
  }
  intake.updated.push(...[...changed].filter((incident) => !intake.created.includes(incident)))
  return intake
}
