import { Prisma } from './generated/client.ts'
import { textsOf } from './json.ts'
import { clientOf, type PlatformTx } from './transaction.ts'

export type AlertStatus = 'firing' | 'resolved'

/** What Alertmanager says of an alert. */
export type Alert = {
  /** The hash of its labels. */
  fingerprint: string
  status: AlertStatus
  /** When it began to fire. The same alert that fires again later has a later one. */
  startsAt: Date
  /** When it ended, as far as the sender said so. */
  endsAt: Date | null
  labels: Record<string, string>
}

/** What was said of an alert, stored once however often it arrives. */
export type AlertReceipt = Omit<Alert, 'endsAt'> & {
  receivedAt: Date
  /** `amp`, or the name of a webhook's token. */
  source: string
  /** Null if it opened nothing, because it came after news that made it old. */
  incidentId: string | null
  /** Of status `firing`: when it ended; null while the alert fires. */
  endedAt: Date | null
}

/** An alert that ended. */
export type AlertEnd = Pick<Alert, 'fingerprint' | 'startsAt'> & { endedAt: Date }

/**
 * Lets one intake run at a time, in all processes, until the transaction ends: each decides by what the ones before it
 * stored.
 */
export async function lockIntake(tx: PlatformTx): Promise<void> {
  await clientOf(tx).$executeRaw`SELECT pg_advisory_xact_lock(${intakeLock}::bigint)`
}
const intakeLock = 4_207_700_010

type Row = Omit<AlertReceipt, 'labels'> & { labels: unknown }
const columns = Prisma.sql`fingerprint, starts_at AS "startsAt", status, received_at AS "receivedAt", source, labels,
  incident_id AS "incidentId", ended_at AS "endedAt"`
const receiptOf = (row: Row): AlertReceipt => ({ ...row, labels: textsOf(row.labels) })

/**
 * The receipts of these alerts that decide what news about them mean: those of the given times and later, and those of
 * alerts that still fire.
 */
export async function knownOf(
  tx: PlatformTx,
  alerts: readonly Pick<Alert, 'fingerprint' | 'startsAt'>[],
): Promise<AlertReceipt[]> {
  const asked = alerts.map(({ fingerprint, startsAt }) => ({ fingerprint, startsAt: startsAt.toISOString() }))
  const rows = await clientOf(tx).$queryRaw<Row[]>`
    WITH asked AS (
      SELECT fingerprint, min("startsAt") AS first
      FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) AS a(fingerprint text, "startsAt" timestamptz)
      GROUP BY fingerprint
    )
    SELECT r.fingerprint, r.starts_at AS "startsAt", r.status, r.received_at AS "receivedAt", r.source, r.labels,
      r.incident_id AS "incidentId", r.ended_at AS "endedAt"
    FROM asked JOIN public.alert_receipt r ON r.fingerprint = asked.fingerprint
    WHERE r.starts_at >= asked.first OR (r.status = 'firing' AND r.ended_at IS NULL)`
  return rows.map(receiptOf)
}

/** The receipts of the alerts of a source that fire now. */
export async function firingOf(tx: PlatformTx, source: string): Promise<AlertReceipt[]> {
  const rows = await clientOf(tx).$queryRaw<Row[]>`
    SELECT ${columns} FROM public.alert_receipt WHERE status = 'firing' AND ended_at IS NULL AND source = ${source}`
  return rows.map(receiptOf)
}

/** The alerts that began to fire, the newest first. */
export async function newest(tx: PlatformTx, count: number): Promise<AlertReceipt[]> {
  const rows = await clientOf(tx).$queryRaw<Row[]>`
    SELECT ${columns} FROM public.alert_receipt WHERE status = 'firing'
    ORDER BY received_at DESC, fingerprint LIMIT ${count}`
  return rows.map(receiptOf)
}

/** Those of the fingerprints of which something was said since that an incident has. */
export async function inIncidentsSince(
  tx: PlatformTx,
  fingerprints: readonly string[],
  since: Date,
): Promise<Set<string>> {
  const rows = await clientOf(tx).alertReceipt.findMany({
    where: { fingerprint: { in: [...fingerprints] }, receivedAt: { gte: since }, incidentId: { not: null } },
    select: { fingerprint: true },
    distinct: ['fingerprint'],
  })
  return new Set(rows.map(({ fingerprint }) => fingerprint))
}

/** How many alerts of an incident fire now. */
export const firingCount = (tx: PlatformTx, incidentId: string): Promise<number> =>
  clientOf(tx).alertReceipt.count({ where: { incidentId, status: 'firing', endedAt: null } })

/** Ends all alerts of an incident that fire, because a person says so. */
export async function endAll(tx: PlatformTx, incidentId: string, endedAt: Date): Promise<void> {
  await clientOf(tx).alertReceipt.updateMany({
    where: { incidentId, status: 'firing', endedAt: null },
    data: { endedAt },
  })
}

/** Stores what was said for the first time, and marks alerts as ended. */
export async function record(
  tx: PlatformTx,
  receipts: readonly AlertReceipt[],
  ended: readonly AlertEnd[],
): Promise<void> {
  const client = clientOf(tx)
  if (receipts.length > 0) await client.alertReceipt.createMany({ data: [...receipts] })
  if (ended.length === 0) return
  await client.$executeRaw`
    UPDATE public.alert_receipt r SET ended_at = e."endedAt"
    FROM jsonb_to_recordset(${JSON.stringify(ended)}::jsonb)
      AS e(fingerprint text, "startsAt" timestamptz, "endedAt" timestamptz)
    WHERE r.fingerprint = e.fingerprint AND r.starts_at = e."startsAt" AND r.status = 'firing'`
}
