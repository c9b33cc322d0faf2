import {
  alerts,
  auditLog,
  type Database,
  type IncidentEvent,
  incidents,
  type PlatformTx,
  type StoredIncident,
} from '@tickwatch/db'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import { notFound } from '../../shared/errors.ts'
import type { PagerDutyAct } from '../notification/incoming/pagerDutyWebhook.ts'
import type { News, NotificationQueue } from '../notification/queue.ts'
import { stillFires, wrongState } from './incident.errors.ts'
import { nextState } from './incident.rules.ts'
import type { RevertResult } from './incident.types.ts'
import { incidentOfSubject, newsOf } from './incident.words.ts'
import { escaped } from './markdown.ts'
import { sloTitles } from './sloTitles.ts'
import { tellPages } from './tellPages.ts'

/** What people do with incidents. Each act is one transaction: the state, the timeline, and what receivers are told. */
export function createActs(db: Database, { queue }: NotificationQueue) {
  /** Nobody else changes an incident until the transaction ends: intakes and acts run one at a time. */
  async function locked(tx: PlatformTx, number: number): Promise<StoredIncident> {
    await alerts.lockIntake(tx)
    const incident = await incidents.byNumber(tx, number)
    if (!incident) throw notFound('incident')
    return incident
  }

  async function store(
    tx: PlatformTx,
    after: StoredIncident,
    what: Pick<IncidentEvent, 'kind' | 'by' | 'text'>,
    told: { event: News['event']; text: string; exceptKind?: News['exceptKind'] } | null,
  ): Promise<void> {
    const at = new Date()
    const event = { ...what, incidentId: after.id, episode: after.episode, at, tenantId: null, alert: null }
    await incidents.save(tx, { created: [], updated: [after], tenants: [], events: [event] })
    await tellPages(tx, [event])
    if (!told) return
    const titles = await sloTitles(tx, [after])
    const news = newsOf(after, told.event, { text: told.text, by: what.by?.name ?? null, at }, titles)
    await queue(tx, [{ ...news, ...(told.exceptKind ? { exceptKind: told.exceptKind } : {}) }], at)
  }

  /** What a person did in the portal, also for the audit log. */
  async function storeOf(
    tx: PlatformTx,
    caller: Caller,
    action: string,
    after: StoredIncident,
    what: Pick<IncidentEvent, 'kind' | 'text'>,
    told: { event: News['event']; text: string } | null,
    reason = what.text,
  ): Promise<void> {
    await store(tx, after, { ...what, by: personOf(caller) }, told)
    const { number, state, assignee } = after
    const states = { after: { state, assignee }, ...(reason === null ? {} : { reason }) }
    await auditLog.append(tx, personEvent(caller, { action, target: `incident ${number}`, ...states }))
  }

  return {
    /** @throws not found, incident-state */
    acknowledge: (caller: Caller, number: number) =>
      db.platform(async (tx) => {
        const incident = await locked(tx, number)
        const state = nextState(incident.state, 'acknowledge')
        if (state === null) throw wrongState('acknowledge', incident.state)
        const told = { event: 'acknowledged', text: '' } as const
        await storeOf(
          tx,
          caller,
          'incident.acknowledge',
          { ...incident, state },
          { kind: 'acknowledged', text: null },
          told,
        )
      }),

    assign: (caller: Caller, number: number, assignee: string | null) =>
      db.platform(async (tx) => {
        const incident = { ...(await locked(tx, number)), assignee }
        await incidents.setAssignee(tx, incident.id, assignee)
        const text = assignee ?? 'nobody'
        const told = { event: 'updated', text: `It is assigned to ${text}.` } as const
        await storeOf(tx, caller, 'incident.assign', incident, { kind: 'assigned', text }, told)
      }),

    note: (caller: Caller, number: number, text: string) =>
      db.platform(async (tx) => {
        await storeOf(tx, caller, 'incident.note', await locked(tx, number), { kind: 'note', text }, null)
      }),

    /** @param outcome `requested` if the revert waits for an approval: then nothing is reverted yet */
    reverted: (caller: Caller, number: number, change: string, outcome: RevertResult['outcome']) =>
      db.platform(async (tx) => {
        const incident = await locked(tx, number)
        if (outcome !== 'requested') {
          const told = { event: 'updated', text: `Reverted: ${change}.` } as const
          await storeOf(tx, caller, 'incident.revert', incident, { kind: 'reverted', text: change }, told)
          return
        }
        const asked = 'Asked for approval to revert'
        const told = { event: 'updated', text: `${asked}: ${change}.` } as const
        // A note is Markdown, and a change has names that people typed.
        const what = { kind: 'note', text: `${asked}: ${escaped(change)}` } as const
        await storeOf(tx, caller, 'incident.revert', incident, what, told, `${asked}: ${change}`)
      }),

    /** @throws not found, incident-state, incident-burns */
    resolve: (caller: Caller, number: number, { reason, evenIfFiring }: { reason: string; evenIfFiring: boolean }) =>
      db.platform(async (tx) => {
        const incident = await locked(tx, number)
        const state = nextState(incident.state, 'resolve')
        if (state === null) throw wrongState('resolve', incident.state)
        const firing = await alerts.firingCount(tx, incident.id)
        if (firing > 0 && !evenIfFiring) throw stillFires(firing)
        const now = new Date()
        await alerts.endAll(tx, incident.id, now)
        const after = { ...incident, state, blind: false, resolvedAt: now }
        const told = { event: 'resolved', text: reason } as const
        await storeOf(tx, caller, 'incident.resolve', after, { kind: 'resolved', text: reason }, told)
      }),

    /**
     * Somebody did something in PagerDuty. What the incident has already changes nothing and tells nobody: PagerDuty tells us
     * of our own acts too. Resolving there does not resolve it here: alerts fire, or there is no data that says that they ended.
     */
    async actedInPagerDuty(
      tx: PlatformTx,
      subjects: readonly string[],
      { act, by, eventId }: PagerDutyAct,
    ): Promise<void> {
      for (const subject of subjects) {
        const about = incidentOfSubject(subject)
        if (!about) continue
        await alerts.lockIntake(tx)
        const incident = await incidents.byNumber(tx, about.number)
        if (!incident || incident.episode !== about.episode || incident.state === 'resolved') continue
        const person = { subject: 'pagerduty', name: by ?? 'PagerDuty' }
        const state = nextState(incident.state, 'acknowledge')
        if (act === 'acknowledged' && state !== null) {
          await store(
            tx,
            { ...incident, state },
            { kind: 'acknowledged', by: person, text: 'in PagerDuty' },
            { event: 'acknowledged', text: 'In PagerDuty.', exceptKind: 'pagerduty' },
          )
        }
        if (act === 'resolved') {
          const text = `Resolved in PagerDuty. It stays open here until its alerts end and, if they are of an SLO, there is data since then. (PagerDuty’s event ${eventId})`
          if (await incidents.hasText(tx, incident.id, text)) continue
          await store(tx, incident, { kind: 'note', by: person, text }, null)
        }
      }
    },
  }
}

export type Acts = ReturnType<typeof createActs>
