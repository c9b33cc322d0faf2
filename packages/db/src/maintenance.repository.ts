import type { Database } from './database.ts'
import type { MaintenanceWindow as Row } from './generated/client.ts'
import type { Person } from './json.ts'
import { decodeCursor, type Page, type PageRequest, toPage } from './page.ts'
import { clientOf, type PlatformTx } from './transaction.ts'

/** What a maintenance window excludes from budgets. */
export type Exclusion = {
  /** Null is every SLO. */
  sloId: string | null
  /** Of one group of the SLO; null is all of it. */
  labels: Record<string, string> | null
  startsAt: Date
  /** Until when it holds. Not later than `startsAt` if it was cancelled. */
  until: Date
}

/** A window that was approved. */
export type MaintenanceWindow = Exclusion & {
  id: string
  /** As it was approved. */
  endsAt: Date
  by: Person
  reason: string
  approvedAt: Date
  approvedBy: Person
  changeRequestId: string
  /** Null unless a person ended or cancelled it, at `until`. */
  ended: { by: Person; reason: string } | null
}

/** The longest window of an SLO, and what a chart shows before it. */
const countedMs = 100 * 86_400_000

export async function create(
  tx: PlatformTx,
  { labels, by, approvedBy, ...window }: Omit<MaintenanceWindow, 'until' | 'ended'>,
): Promise<void> {
  await clientOf(tx).maintenanceWindow.create({
    data: {
      ...{ ...window, ...(labels ? { labels } : {}), until: window.endsAt },
      ...{ bySubject: by.subject, byName: by.name },
      ...{ approvedBySubject: approvedBy.subject, approvedByName: approvedBy.name },
    },
  })
}

export async function byId(tx: PlatformTx, id: string): Promise<MaintenanceWindow | null> {
  const row = await clientOf(tx).maintenanceWindow.findUnique({ where: { id } })
  return row && windowOf(row)
}

/** Those that hold or will hold, the one that begins first first. */
export async function ahead(tx: PlatformTx, now: Date): Promise<MaintenanceWindow[]> {
  const rows = await clientOf(tx).maintenanceWindow.findMany({
    where: { until: { gt: now } },
    orderBy: [{ startsAt: 'asc' }, { id: 'asc' }],
  })
  return rows.map(windowOf)
}

/** Those that are over, and those that were cancelled; the one that ended last first. @throws BadCursor */
export async function past(tx: PlatformTx, now: Date, request: PageRequest): Promise<Page<MaintenanceWindow>> {
  const after = decodeCursor(request.cursor, ['time', 'uuid'])
  const at = after && new Date(after[0] ?? '')
  const rows = await clientOf(tx).maintenanceWindow.findMany({
    where: {
      until: { lte: now },
      ...(at ? { OR: [{ until: { lt: at } }, { until: at, id: { lt: String(after[1]) } }] } : {}),
    },
    orderBy: [{ until: 'desc' }, { id: 'desc' }],
    take: request.pageSize + 1,
  })
  return toPage(rows, request.pageSize, (row) => [row.until.toISOString(), row.id], windowOf)
}

/** All that exclude time of which a budget or a chart can be, by their beginnings. */
export async function counted(db: Database, nowMs = Date.now()): Promise<MaintenanceWindow[]> {
  const since = new Date(nowMs - countedMs)
  const windows = await db.platform((tx) => ahead(tx, since))
  return windows.filter(({ startsAt, until }) => startsAt < until)
}

/** Ends a window, or cancels it before it begins. @returns false if it is over */
export async function end(tx: PlatformTx, id: string, at: Date, act: { by: Person; reason: string }): Promise<boolean> {
  const { count } = await clientOf(tx).maintenanceWindow.updateMany({
    where: { id, until: { gt: at } },
    data: { until: at, endedBySubject: act.by.subject, endedByName: act.by.name, endedReason: act.reason },
  })
  return count > 0
}

function windowOf(row: Row): MaintenanceWindow {
  const { labels, bySubject, byName, approvedBySubject, approvedByName, ...rest } = row
  const { endedBySubject, endedByName, endedReason, ...window } = rest
  return {
    ...window,
    labels: labels as Record<string, string> | null,
    by: { subject: bySubject, name: byName },
    approvedBy: { subject: approvedBySubject, name: approvedByName },
    ended:
      endedReason === null
        ? null
        : { by: { subject: endedBySubject ?? '', name: endedByName ?? '' }, reason: endedReason },
  }
}
