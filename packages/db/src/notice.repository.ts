import { clientOf, type PlatformTx, type TenantTx, type WorkerTx } from './transaction.ts'

export type NewNotice = {
  /** It is made once. */
  key: string
  /** Null if it is for the platform's people. */
  tenantId: string | null
  /** The only person who sees it; null for all of the tenant or the platform. */
  forSubject: string | null
  kind: string
  severity: string
  title: string
  text: string
  /** A path in the portal. */
  path: string
  createdAt: Date
}
export type Notice = NewNotice & { id: number }

/** @returns whether it is new. One with the same key stays as it is. */
export async function create(tx: PlatformTx, notice: NewNotice): Promise<boolean> {
  const { count } = await clientOf(tx).notice.createMany({ data: [notice], skipDuplicates: true })
  return count > 0
}

/** The newest of a tenant that this person may see. */
export async function ofTenant(tx: TenantTx, tenantId: string, subject: string, count: number): Promise<Notice[]> {
  const forWhom = { OR: [{ forSubject: null }, { forSubject: subject }] }
  return read(tx, { tenantId, ...forWhom }, count)
}

/** The newest of the platform, and those for this person alone. */
export async function ofPlatform(tx: PlatformTx, subject: string, count: number): Promise<Notice[]> {
  return read(tx, { OR: [{ tenantId: null, forSubject: null }, { forSubject: subject }] }, count)
}

async function read(tx: PlatformTx | TenantTx, where: object, count: number): Promise<Notice[]> {
  const rows = await clientOf(tx).notice.findMany({ where, orderBy: { id: 'desc' }, take: count })
  return rows.map((row) => ({ ...row, id: Number(row.id) }))
}

/** Up to which notice a person has looked. */
export async function seenId(tx: PlatformTx, subject: string): Promise<number> {
  const row = await clientOf(tx).noticeReader.findUnique({ where: { subject } })
  return Number(row?.seenId ?? 0)
}

export async function setSeen(tx: PlatformTx, subject: string, id: number): Promise<void> {
  await clientOf(tx).$executeRaw`
    INSERT INTO public.notice_reader AS r (subject, seen_id) VALUES (${subject}, ${id}::bigint)
    ON CONFLICT (subject) DO UPDATE SET seen_id = greatest(r.seen_id, excluded.seen_id)`
}

export async function forget(tx: WorkerTx, before: Date): Promise<void> {
  await clientOf(tx).notice.deleteMany({ where: { createdAt: { lt: before } } })
}

/** A condition that makes notices when it begins or rises. Level 0 is not stored. */
export type NoticeCondition = { key: string; level: number; since: Date; lastSeen: Date }

export async function conditions(tx: WorkerTx): Promise<NoticeCondition[]> {
  return clientOf(tx).noticeCondition.findMany({ orderBy: { key: 'asc' } })
}

export async function setCondition(tx: WorkerTx, { key, ...condition }: NoticeCondition): Promise<void> {
  const client = clientOf(tx)
  if (condition.level === 0) await client.noticeCondition.deleteMany({ where: { key } })
  else await client.noticeCondition.upsert({ where: { key }, create: { key, ...condition }, update: condition })
}
