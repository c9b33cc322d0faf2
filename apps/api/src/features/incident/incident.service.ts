import type { MetricsQuery } from '@tickwatch/aws'
import { alerts, type Database, type IncidentOfTenant, incidents, type StoredIncident } from '@tickwatch/db'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { keptFor } from '../../shared/cached.ts'
import { notFound } from '../../shared/errors.ts'
import type { Page } from '../../shared/page.types.ts'
import type { SloReads } from '../slo/slo.reads.ts'
import { maySeeSlo, type Viewer } from '../slo/slo.visible.ts'
import type { Acts } from './acts.ts'
import { harmedBy } from './harmed.ts'
import { notRevertable } from './incident.errors.ts'
import type {
  assignInput,
  HarmedView,
  IncidentDetail,
  IncidentOfTenantDetail,
  IncidentOfTenantView,
  IncidentView,
  IntakeView,
  listInput,
  listOfTenantInput,
  noteInput,
  RevertResult,
  resolveInput,
  revertInput,
  SliChart,
} from './incident.types.ts'
import { changeView, eventView, incidentView, reportOf, tenantEvent, tenantView } from './incident.views.ts'
import type { Poller } from './poller.ts'
import type { createRevert } from './revert.ts'
import { shortAlerts } from './shortAlerts.ts'
import { sliChart } from './sli.ts'
import { createSloMarks } from './sloMarks.ts'
import { sloTitles } from './sloTitles.ts'
import { whatChanged } from './whatChanged.ts'

type Numbered = { number: number }
export type IncidentService = {
  /** Those that are not resolved first, then the newest first. */
  list(input: z.output<typeof listInput>): Promise<Page<IncidentView>>
  get(number: number): Promise<IncidentDetail>
  chart(number: number): Promise<SliChart>
  /** The budgets of those that it harms. */
  harmed(viewer: Viewer, number: number): Promise<HarmedView>
  /** A Markdown document. */
  report(number: number): Promise<{ fileName: string; markdown: string }>
  /** How news about alerts arrive. */
  intake(): Promise<IntakeView>
  /** What the charts of an SLO mark, as far as the person may see it. */
  marksOfSlo: ReturnType<typeof createSloMarks>
  /** Those that harm a tenant, without other tenants and who works on them. */
  listOfTenant(tenantId: string, input: z.output<typeof listOfTenantInput>): Promise<Page<IncidentOfTenantView>>
  getOfTenant(tenantId: string, number: number): Promise<IncidentOfTenantDetail>
  harmedOfTenant(tenantId: string, number: number): Promise<HarmedView>

  /** @throws incident-state */
  acknowledge(caller: Caller, number: number): Promise<Numbered>
  assign(caller: Caller, input: z.output<typeof assignInput>): Promise<Numbered>
  note(caller: Caller, input: z.output<typeof noteInput>): Promise<Numbered>
  /** @throws incident-state, incident-burns */
  resolve(caller: Caller, input: z.output<typeof resolveInput>): Promise<Numbered>
  /** Reverts one of the incident's changes, by the feature that made it. @throws change-not-revertable, change-superseded, rollback-unseen */
  revert(caller: Caller, input: z.output<typeof revertInput>): Promise<RevertResult>
}

const timelineMax = 500
const changesMax = 100
const shortKeptMs = 30_000
const ofTenants = { isPlatform: false, tenantIds: new Set<string>() }

export function createIncidentService(parts: {
  /** For tenants' requests: in turns. */
  fairDb: Database
  db: Database
  metrics: MetricsQuery
  slos: Pick<SloReads, 'seenBy' | 'budgetsOf'>
  acts: Acts
  revert: ReturnType<typeof createRevert>
  /** Null without a queue. */
  poller(): Poller | null
}): IncidentService {
  const { db, fairDb, acts } = parts

  const read = async <T>(number: number, view: (incident: StoredIncident) => Promise<T> | T): Promise<T> => {
    const incident = await db.platform((tx) => incidents.byNumber(tx, number))
    if (!incident) throw notFound('incident')
    return view(incident)
  }
  const get = (number: number): Promise<IncidentDetail> =>
    db.platform(async (tx) => {
      const incident = await incidents.byNumber(tx, number)
      if (!incident) throw notFound('incident')
      const { id } = incident
      return {
        ...incidentView(incident, await sloTitles(tx, [incident])),
        alertsFiring: await alerts.firingCount(tx, id),
        timeline: (await incidents.timeline(tx, id, timelineMax)).map(eventView),
        changes: (await whatChanged(tx, incident)).slice(0, changesMax).map(changeView),
      }
    })
  /** A tenant's role can't read definitions, and its people see only some of them. */
  const titlesForTenants = (found: readonly IncidentOfTenant[]) =>
    fairDb.platform((tx) => sloTitles(tx, found, (definition) => maySeeSlo(ofTenants, definition)))
  const short = keptFor(shortKeptMs, () => shortAlerts(db, parts.metrics, new Date()))
  const acted = async (number: number, act: Promise<void>): Promise<Numbered> => {
    await act
    return { number }
  }

  return {
    list: (input) =>
      db.platform(async (tx) => {
        const page = await incidents.list(tx, input)
        const titles = await sloTitles(tx, page.items)
        return { ...page, items: page.items.map((incident) => incidentView(incident, titles)) }
      }),
    get,
    chart: (number) => read(number, (incident) => sliChart(parts.metrics, incident, new Date())),
    harmed: (viewer, number) => read(number, (incident) => harmedBy(parts.slos, viewer, incident, incident.tenants)),
    report: async (number) => ({ fileName: `incident-${number}.md`, markdown: reportOf(await get(number)) }),
    async intake() {
      const poller = parts.poller()
      return {
        short: await short(),
        queue: poller && { fault: poller.fault(), deadLetters: await poller.deadLetters() },
      }
    },

    marksOfSlo: createSloMarks({ db, fairDb, slos: parts.slos }),

    async listOfTenant(tenantId, input) {
      const page = await fairDb.tenant(tenantId, (tx) => incidents.listOfTenant(tx, input))
      const titles = await titlesForTenants(page.items)
      return { ...page, items: page.items.map((incident) => tenantView(incident, [tenantId], titles)) }
    },
    async getOfTenant(tenantId, number) {
      const { incident, timeline } = await fairDb.tenant(tenantId, async (tx) => {
        const found = await incidents.byNumberOfTenant(tx, number)
        if (!found) throw notFound('incident')
        return { incident: found, timeline: await incidents.timelineOfTenant(tx, found.id, timelineMax) }
      })
      const titles = await titlesForTenants([incident])
      return { ...tenantView(incident, [tenantId], titles), timeline: timeline.map(tenantEvent) }
    },

    async harmedOfTenant(tenantId, number) {
      const incident = await fairDb.tenant(tenantId, (tx) => incidents.byNumberOfTenant(tx, number))
      if (!incident) throw notFound('incident')
      const viewer = { isPlatform: false, tenantIds: new Set([tenantId]) }
      return harmedBy(parts.slos, viewer, incident, [tenantId])
    },

    acknowledge: (caller, number) => acted(number, acts.acknowledge(caller, number)),
    assign: (caller, { number, assignee }) => acted(number, acts.assign(caller, number, assignee)),
    note: (caller, { number, text }) => acted(number, acts.note(caller, number, text)),
    resolve: (caller, { number, ...how }) => acted(number, acts.resolve(caller, number, how)),
    async revert(caller, { number, change, rollback }) {
      const made = await read(number, (incident) => db.platform((tx) => whatChanged(tx, incident)))
      const found = made.find(({ id }) => id === change)
      if (!found) throw notFound('change')
      if (!found.revert) throw notRevertable()
      const why = `Reverted because of incident ${number}: ${found.title}`
      const result = await parts.revert(caller, found.revert, why, rollback)
      await acts.reverted(caller, number, found.title, result.outcome)
      return result
    },
  }
}
