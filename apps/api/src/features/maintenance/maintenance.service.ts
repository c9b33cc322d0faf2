import { randomUUID } from 'node:crypto'
import {
  auditLog,
  type ChangeRequest,
  changeRequests,
  type Database,
  jobs,
  maintenance,
  type PlatformTx,
  type StoredSlo,
  slos,
} from '@tickwatch/db'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import { notFound } from '../../shared/errors.ts'
import type { Page } from '../../shared/page.types.ts'
import { askPlatform } from '../changeRequest/askPlatform.ts'
import type { SloReads } from '../slo/slo.reads.ts'
import type { MaintenancePreview } from '../slo/slo.reads.types.ts'
import { maintenanceKind } from '../slo/slo.rules.ts'
import { labelsOf, platformPerson, type Viewer } from '../slo/slo.visible.ts'
import { groupWithoutSlo, tooManyWindows, windowInvalid, windowOver } from './maintenance.errors.ts'
import { type PlannedWindow, planFault, plannedOf, subjectOf } from './maintenance.rules.ts'
import type {
  CurrentMaintenance,
  endInput,
  MaintenanceRequestView,
  MaintenanceView,
  pastInput,
  planInput,
  windowInput,
} from './maintenance.types.ts'
import { maySeeWindow, windowView } from './maintenance.views.ts'

export type MaintenanceService = {
  current(viewer: Viewer): Promise<CurrentMaintenance>
  /** Those that are over or were cancelled, the newest first. A page may have fewer: those that the person may not see are left out. */
  past(viewer: Viewer, input: z.output<typeof pastInput>): Promise<Page<MaintenanceView>>
  /** What a window would exclude of what is counted. @throws maintenance-invalid, not found */
  preview(input: z.output<typeof windowInput>): Promise<MaintenancePreview>
  /** Asks for a window, which another person must approve. @throws maintenance-invalid, maintenance-full, not found */
  plan(caller: Caller, input: z.output<typeof planInput>): Promise<{ changeRequestId: string }>
  /** Ends a window, or cancels it before it begins. @throws maintenance-over, not found */
  end(caller: Caller, input: z.output<typeof endInput>): Promise<{ id: string }>
}

/** The pages of SLOs read what each of them excludes. */
const windowsMax = 100

export function createMaintenanceService(
  db: Database,
  reads: Pick<SloReads, 'maintenancePreview'>,
): MaintenanceService {
  const known = async (tx: PlatformTx) => (await slos.current(tx)).slos

  return {
    current: (viewer) =>
      db.platform(async (tx) => {
        const now = new Date()
        const all = await known(tx)
        const windows = (await maintenance.ahead(tx, now)).filter((window) => maySeeWindow(viewer, window, all))
        const requests = viewer.isPlatform ? await changeRequests.pendingOfKind(tx, maintenanceKind) : []
        return {
          windows: windows.map((window) => windowView(viewer, window, all, now.getTime())),
          requests: requests.flatMap((asked) => requestView(asked, all)),
        }
      }),

    past: (viewer, input) =>
      db.platform(async (tx) => {
        const now = new Date()
        const all = await known(tx)
        const page = await maintenance.past(tx, now, input)
        const seen = page.items.filter((window) => maySeeWindow(viewer, window, all))
        return { ...page, items: seen.map((window) => windowView(viewer, window, all, now.getTime())) }
      }),

    async preview(input) {
      const planned = await db.platform((tx) => checked(tx, input))
      return reads.maintenancePreview({ ...planned, until: planned.endsAt })
    },

    plan: (caller, { reason, ...input }) =>
      db.platform(async (tx) => {
        const planned = await checked(tx, input)
        if ((await maintenance.ahead(tx, new Date())).length >= windowsMax) throw tooManyWindows(windowsMax)
        const subject = subjectOf(randomUUID(), planned)
        const about = { maintenance: subject.id }
        return { changeRequestId: await askPlatform(tx, caller, subject, about, reason) }
      }),

    end: (caller, { id, reason }) =>
      db.platform(async (tx) => {
        const window = await maintenance.byId(tx, id)
        if (!window) throw notFound('maintenance window')
        const at = new Date()
        if (!(await maintenance.end(tx, id, at, { by: personOf(caller), reason }))) throw windowOver()
        await jobs.notify(tx, { kind: 'slo' })
        const action = at <= window.startsAt ? 'maintenance.cancel' : 'maintenance.end'
        const times = { sloId: window.sloId, labels: window.labels, startsAt: window.startsAt.toISOString() }
        const before = { ...times, until: window.until.toISOString() }
        const after = { ...times, until: at.toISOString() }
        await auditLog.append(tx, personEvent(caller, { action, target: id, before, after, reason }))
        return { id }
      }),
  }
}

/** @throws maintenance-invalid, not found */
async function checked(
  tx: PlatformTx,
  { sloId, group, startsAt, endsAt }: z.output<typeof windowInput>,
): Promise<PlannedWindow> {
  const slo = sloId === null ? null : await slos.byId(tx, sloId)
  if (sloId !== null && !slo) throw notFound('SLO')
  if (group !== null && !slo) throw groupWithoutSlo()
  const labels = slo && group !== null ? labelsOf(platformPerson, slo.definition, group) : null
  const planned = { sloId, labels, startsAt: new Date(startsAt), endsAt: new Date(endsAt) }
  const fault = planFault(planned, Date.now())
  if (fault !== null) throw windowInvalid(fault)
  return planned
}

/** None if this release can't read what is asked. */
function requestView(asked: ChangeRequest, all: readonly StoredSlo[]): MaintenanceRequestView[] {
  const planned = asked.subject && plannedOf(asked.subject)
  if (!planned) return []
  const { id, createdAt, by, reason } = asked
  const { sloId, labels, startsAt, endsAt } = planned
  const title = all.find((slo) => slo.id === sloId)?.definition.title ?? null
  const times = { startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString(), createdAt: createdAt.toISOString() }
  return [{ id, sloId, title, labels, by, reason, ...times }]
}
