import type { FreezeWindow as Row } from './generated/client.ts'
import type { Person } from './json.ts'
import { decodeCursor, type Page, type PageRequest, toPage } from './page.ts'
import { clientOf, type PlatformTx } from './transaction.ts'

/** A time in which no wave of a rollout starts. */
export type FreezeWindow = {
  id: string
  reason: string
  startsAt: Date
  /** As it was made. */
  endsAt: Date
  /** Until when it holds. Not later than `startsAt` if it was cancelled. */
  until: Date
  /** Empty is all of them. */
  environments: string[]
  by: Person
  createdAt: Date
  /** Null unless a person ended or cancelled it, at `until`. */
  ended: { by: Person; reason: string } | null
}

export async function create(tx: PlatformTx, { by, ...window }: Omit<FreezeWindow, 'until' | 'ended'>): Promise<void> {
  await clientOf(tx).freezeWindow.create({
    data: { ...window, until: window.endsAt, bySubject: by.subject, byName: by.name },
  })
}

export async function byId(tx: PlatformTx, id: string): Promise<FreezeWindow | null> {
  const row = await clientOf(tx).freezeWindow.findUnique({ where: { id } })
  return row && windowOf(row)
}

/** Those that hold or will hold, the one that begins first first. */
export async function ahead(tx: PlatformTx, now: Date): Promise<FreezeWindow[]> {
  const rows = await clientOf(tx).freezeWindow.findMany({
    where: { until: { gt: now } },
    orderBy: [{ startsAt: 'asc' }, { id: 'asc' }],
  })
  return rows.map(windowOf)
}

/** All of them, the one that ends or ended last first. @throws BadCursor */
export async function list(tx: PlatformTx, request: PageRequest): Promise<Page<FreezeWindow>> {
  const after = decodeCursor(request.cursor, ['time', 'uuid'])
  const at = after && new Date(after[0] ?? '')
  const rows = await clientOf(tx).freezeWindow.findMany({
    where: at ? { OR: [{ until: { lt: at } }, { until: at, id: { lt: String(after[1]) } }] } : {},
    orderBy: [{ until: 'desc' }, { id: 'desc' }],
    take: request.pageSize + 1,
  })
  return toPage(rows, request.pageSize, (row) => [row.until.toISOString(), row.id], windowOf)
}

/** Ends a window, or cancels it before it begins. @returns false if it is over */
export async function end(tx: PlatformTx, id: string, at: Date, act: { by: Person; reason: string }): Promise<boolean> {
  const { count } = await clientOf(tx).freezeWindow.updateMany({
    where: { id, until: { gt: at } },
    data: { until: at, endedBySubject: act.by.subject, endedByName: act.by.name, endedReason: act.reason },
  })
  return count > 0
}

function windowOf({ bySubject, byName, endedBySubject, endedByName, endedReason, ...window }: Row): FreezeWindow {
  return {
    ...window,
    by: { subject: bySubject, name: byName },
    ended:
      endedReason === null
        ? null
        : { by: { subject: endedBySubject ?? '', name: endedByName ?? '' }, reason: endedReason },
  }
}
