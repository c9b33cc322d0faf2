import { Prisma } from './generated/client.ts'
import { type Person, suspectOf, textsOf } from './json.ts'
import { decodeCursor, type Page, type PageRequest, toPage } from './page.ts'
import { clientOf, type PlatformTx, type Tx } from './transaction.ts'

export type AlertSeverity = 'page' | 'ticket'
export type IncidentState = 'open' | 'acknowledged' | 'reopened' | 'resolved'

/** The change that ranked first when the incident's episode began, as two sentences: what it was, and why it is first. */
export type Suspect = { change: string; why: string }

export type Incident = {
  id: string
  /** What its alerts have in common. At most one incident of a key is not resolved. */
  key: string
  /** The tenant that the SLO belongs to; empty if the alerts do not name one. */
  owner: string
  /** The SLO's id; null for an alert of no SLO. */
  slo: string | null
  /** Of its first alert. */
  alertName: string
  /** The labels that name the group; empty if it is about the whole SLO. */
  labels: Record<string, string>
  severity: AlertSeverity
  state: IncidentState
  /** From 1; one more each time it is reopened. */
  episode: number
  /** True if its alerts ended only because there is no data. */
  blind: boolean
  openedAt: Date
  /** When the first alert of this episode began to fire. */
  beganAt: Date
  /** Null while it is not resolved. */
  resolvedAt: Date | null
}
/** An incident as the platform's people see it. */
export type StoredIncident = Incident & {
  /** For people. */
  number: number
  /** The tenants that it harms. */
  tenants: string[]
  assignee: string | null
  suspect: Suspect | null
}
/** As a tenant that it harms sees it. */
export type IncidentOfTenant = Omit<Incident, 'key'> & { number: number }

export type IncidentEventKind =
  | 'opened'
  | 'reopened'
  | 'raised'
  | 'alertFired'
  | 'alertResolved'
  | 'blind'
  | 'sighted'
  | 'acknowledged'
  | 'assigned'
  | 'note'
  | 'reverted'
  | 'resolved'
export type IncidentEvent = {
  incidentId: string
  /** The tenant that an alert is about; null for what concerns the whole incident. */
  tenantId: string | null
  episode: number
  at: Date
  kind: IncidentEventKind
  /** Null for other kinds than those of alerts. */
  alert: { name: string; severity: AlertSeverity; labels: Record<string, string>; startsAt: string } | null
  /** Null if nobody did it. */
  by: Person | null
  /** A note, a reason, or a name; null for the other kinds. */
  text: string | null
}
export type StoredIncidentEvent = IncidentEvent & { id: number }

const own = {
  ...{ id: true, number: true, owner: true, slo: true, alertName: true, labels: true, severity: true, state: true },
  ...{ episode: true, blind: true, openedAt: true, beganAt: true, resolvedAt: true },
} as const satisfies Prisma.IncidentSelect
const all = {
  ...{ ...own, key: true, assignee: true, suspect: true },
  tenants: { select: { tenantId: true }, orderBy: { tenantId: 'asc' } },
} as const satisfies Prisma.IncidentSelect
type Row = Prisma.IncidentGetPayload<{ select: typeof all }>

const incidentOf = ({ labels, tenants, suspect, ...row }: Row): StoredIncident => ({
  ...row,
  labels: textsOf(labels),
  tenants: tenants.map(({ tenantId }) => tenantId),
  suspect: suspectOf(suspect),
})

/** Those that may get news of alerts: not resolved, or resolved at `since` or later. */
export async function recent(tx: PlatformTx, since: Date): Promise<Incident[]> {
  const rows = await clientOf(tx).incident.findMany({
    where: { OR: [{ state: { not: 'resolved' } }, { resolvedAt: { gte: since } }] },
    select: { ...own, key: true },
    orderBy: [{ openedAt: 'asc' }, { id: 'asc' }],
  })
  return rows.map(({ number: _, labels, ...row }) => ({ ...row, labels: textsOf(labels) }))
}

/** Stores new incidents, new states of old ones, the tenants that they harm, and what goes into their timelines. */
export async function save(
  tx: PlatformTx,
  made: {
    created: readonly Incident[]
    updated: readonly Incident[]
    /** Tenants that do not exist are left out. */
    tenants: readonly { incidentId: string; tenantId: string }[]
    events: readonly IncidentEvent[]
  },
): Promise<void> {
  const client = clientOf(tx)
  if (made.created.length > 0) await client.incident.createMany({ data: [...made.created] })
  for (const { id, severity, state, episode, blind, beganAt, resolvedAt } of made.updated) {
    await client.incident.update({ where: { id }, data: { severity, state, episode, blind, beganAt, resolvedAt } })
  }
  if (made.tenants.length > 0) {
    await client.$executeRaw`
      INSERT INTO public.incident_tenant (tenant_id, incident_id)
      SELECT DISTINCT t.id, m."incidentId"
      FROM jsonb_to_recordset(${JSON.stringify(made.tenants)}::jsonb) AS m("incidentId" uuid, "tenantId" text)
        JOIN public.tenant t ON t.id = m."tenantId"
      ON CONFLICT DO NOTHING`
  }
  await addEvents(tx, made.events)
}

export async function addEvents(tx: PlatformTx, events: readonly IncidentEvent[]): Promise<void> {
  if (events.length === 0) return
  await clientOf(tx).incidentEvent.createMany({
    data: events.map(({ alert, by, ...event }) => ({
      ...event,
      alert: alert ?? Prisma.DbNull,
      bySubject: by?.subject ?? null,
      byName: by?.name ?? null,
    })),
  })
}

/** Whether the timeline has this text already, because a webhook may be delivered twice. */
export async function hasText(tx: PlatformTx, incidentId: string, text: string): Promise<boolean> {
  return (await clientOf(tx).incidentEvent.findFirst({ where: { incidentId, text }, select: { id: true } })) !== null
}

export async function setAssignee(tx: PlatformTx, id: string, assignee: string | null): Promise<void> {
  await clientOf(tx).incident.update({ where: { id }, data: { assignee } })
}

export async function setSuspect(tx: PlatformTx, id: string, suspect: Suspect | null): Promise<void> {
  await clientOf(tx).incident.update({ where: { id }, data: { suspect: suspect ?? Prisma.DbNull } })
}

/** In no order. Those that do not exist are left out. */
export async function byIds(tx: PlatformTx, ids: readonly string[]): Promise<StoredIncident[]> {
  const rows = await clientOf(tx).incident.findMany({ where: { id: { in: [...ids] } }, select: all })
  return rows.map(incidentOf)
}

export async function byNumber(tx: PlatformTx, number: number): Promise<StoredIncident | null> {
  const row = await clientOf(tx).incident.findUnique({ where: { number }, select: all })
  return row && incidentOf(row)
}

/** An incident without firing alerts that is not resolved, and when the last of them ended. */
export type UnsettledIncident = Incident & { lastEndedAt: Date }

export async function unsettled(tx: PlatformTx): Promise<UnsettledIncident[]> {
  const rows = await clientOf(tx).$queryRaw<{ id: string; lastEndedAt: Date }[]>`
    SELECT i.id, max(r.ended_at) AS "lastEndedAt"
    FROM public.incident i JOIN public.alert_receipt r ON r.incident_id = i.id AND r.status = 'firing'
    WHERE i.state <> 'resolved' GROUP BY i.id HAVING bool_and(r.ended_at IS NOT NULL)`
  if (rows.length === 0) return []
  const found = await clientOf(tx).incident.findMany({
    where: { id: { in: rows.map(({ id }) => id) } },
    select: { ...own, key: true },
  })
  const endOf = new Map(rows.map(({ id, lastEndedAt }) => [id, lastEndedAt]))
  return found.flatMap(({ number: _, labels, ...row }) => {
    const lastEndedAt = endOf.get(row.id)
    return lastEndedAt ? [{ ...row, labels: textsOf(labels), lastEndedAt }] : []
  })
}

export type IncidentListRequest = PageRequest & {
  state?: 'open' | 'resolved' | undefined
  slo?: string | undefined
  tenantId?: string | undefined
}

/** Those that are not resolved first, then the newest first. @throws BadCursor */
export async function list(tx: PlatformTx, request: IncidentListRequest): Promise<Page<StoredIncident>> {
  const page = await idsOf(tx, request)
  const rows = await clientOf(tx).incident.findMany({
    where: { id: { in: page.items } },
    select: all,
  })
  const byId = new Map(rows.map((row) => [row.id, incidentOf(row)]))
  return { ...page, items: page.items.flatMap((id) => byId.get(id) ?? []) }
}

/** As {@link list}, of the incidents that harm the transaction's tenant. @throws BadCursor */
export async function listOfTenant(tx: Tx, request: IncidentListRequest): Promise<Page<IncidentOfTenant>> {
  const page = await idsOf(tx, request)
  const rows = await clientOf(tx).incident.findMany({ where: { id: { in: page.items } }, select: own })
  const byId = new Map(rows.map((row) => [row.id, ofTenant(row)]))
  return { ...page, items: page.items.flatMap((id) => byId.get(id) ?? []) }
}

const ofTenant = ({ labels, ...row }: Prisma.IncidentGetPayload<{ select: typeof own }>): IncidentOfTenant => ({
  ...row,
  labels: textsOf(labels),
})

/** Null if it does not exist, or does not harm the transaction's tenant. */
export async function byNumberOfTenant(tx: Tx, number: number): Promise<IncidentOfTenant | null> {
  const row = await clientOf(tx).incident.findUnique({ where: { number }, select: own })
  return row && ofTenant(row)
}

async function idsOf(tx: Tx, { state, slo, tenantId, cursor, pageSize }: IncidentListRequest): Promise<Page<string>> {
  const after = decodeCursor(cursor, ['int4', 'time', 'uuid'])
  const where = [Prisma.sql`true`]
  if (state === 'resolved') where.push(Prisma.sql`state = 'resolved'`)
  if (state === 'open') where.push(Prisma.sql`state <> 'resolved'`)
  if (slo !== undefined) where.push(Prisma.sql`slo = ${slo}`)
  if (tenantId !== undefined) {
    where.push(Prisma.sql`id IN (SELECT incident_id FROM public.incident_tenant WHERE tenant_id = ${tenantId})`)
  }
  const openFirst = Prisma.sql`(state <> 'resolved')::int`
  if (after) {
    where.push(
      Prisma.sql`(${openFirst}, opened_at, id) < (${after[0]}::int, ${after[1]}::timestamptz, ${after[2]}::uuid)`,
    )
  }
  const rows = await clientOf(tx).$queryRaw<{ id: string; openedAt: Date; unresolved: number }[]>`
    SELECT id, opened_at AS "openedAt", ${openFirst} AS unresolved FROM public.incident
    WHERE ${Prisma.join(where, ' AND ')}
    ORDER BY ${openFirst} DESC, opened_at DESC, id DESC LIMIT ${pageSize + 1}`
  const key = (row: (typeof rows)[number]) => [row.unresolved, row.openedAt.toISOString(), row.id]
  return toPage(rows, pageSize, key, ({ id }) => id)
}

/** The newest `count` of an incident's timeline, oldest first. */
export async function timeline(tx: PlatformTx, incidentId: string, count: number): Promise<StoredIncidentEvent[]> {
  const rows = await clientOf(tx).incidentEvent.findMany({
    where: { incidentId },
    orderBy: { id: 'desc' },
    take: count,
  })
  return rows.toReversed().map(({ id, alert, bySubject, byName, kind, ...row }) => ({
    ...row,
    id: Number(id),
    // This room wrote the columns.
    kind: kind as IncidentEventKind,
    alert: alert as IncidentEvent['alert'],
    by: bySubject === null ? null : { subject: bySubject, name: byName ?? '' },
  }))
}

/** As {@link timeline}, of what the transaction's tenant may see. */
export async function timelineOfTenant(
  tx: Tx,
  incidentId: string,
  count: number,
): Promise<Omit<StoredIncidentEvent, 'by' | 'text'>[]> {
  const rows = await clientOf(tx).incidentEvent.findMany({
    where: { incidentId },
    select: { id: true, incidentId: true, tenantId: true, episode: true, at: true, kind: true, alert: true },
    orderBy: { id: 'desc' },
    take: count,
  })
  return rows.toReversed().map(({ id, kind, alert, ...row }) => ({
    ...row,
    id: Number(id),
    kind: kind as IncidentEventKind,
    alert: alert as IncidentEvent['alert'],
  }))
}
