import { changeRequests, jobs, notices, outbox, type PlatformTx, quotas } from '@tickwatch/db'
import type { Notification } from '../notification/notification.types.ts'
import type { NotificationQueue } from '../notification/queue.ts'
import { type MadeNotice, quotaChangeTitle, requestDecided, requestWaits } from './notice.rules.ts'
import type { Announcement } from './notice.types.ts'

/** Puts a notice into the bell and queues it for receivers. A second time with the same key it does neither. */
export async function publishNotice(
  tx: PlatformTx,
  { queue }: NotificationQueue,
  notice: MadeNotice,
  now: Date,
): Promise<void> {
  if (!(await notices.create(tx, { ...notice, createdAt: now }))) return
  const { key, severity, tenantId, title, text, path } = notice
  await jobs.notify(tx, { kind: 'notice', ...(tenantId === null ? {} : { tenantId }) })
  const notification: Notification = {
    ...{ kind: 'notice', severity, slo: null, tenantId, title, text, path, links: [], by: null },
    at: now.toISOString(),
  }
  await queue(tx, [{ subject: key.slice(0, 200), event: 'told', notification }], now)
}

/** Announces what a transaction committed. It may run twice for one announcement. */
export async function announce(
  tx: PlatformTx,
  queue: NotificationQueue,
  announcement: Announcement,
  now: Date,
): Promise<void> {
  if (announcement.what === 'quotaChanged') {
    await announceQuotaChange(tx, queue, announcement, now)
    return
  }
  const asked = await changeRequests.byId(tx, announcement.id)
  if (!asked) return
  // It was decided before this ran: then nothing waits.
  if (announcement.what === 'requestWaits' && asked.state !== 'pending') return
  const notice = announcement.what === 'requestWaits' ? requestWaits(asked) : requestDecided(asked)
  if (notice) await publishNotice(tx, queue, notice, now)
}

/** A change is in the history, so it makes no notice in the bell. */
async function announceQuotaChange(
  tx: PlatformTx,
  { queue }: NotificationQueue,
  { tenantId, revision }: Extract<Announcement, { what: 'quotaChanged' }>,
  now: Date,
): Promise<void> {
  const made = await quotas.byRevision(tx, tenantId, revision)
  if (!made) return
  const subject = `change/${tenantId}/quota/${revision}`
  // The job may run twice.
  if ((await outbox.threadsOf(tx, [subject])).length > 0) return
  const approver = made.approvedBy ? `${made.approvedBy.name} approved it. ` : ''
  const notification: Notification = {
    ...{ kind: 'change', severity: 'info', slo: null, tenantId, links: [] },
    title: quotaChangeTitle(made),
    text: `${approver}Reason: ${made.reason}`,
    path: `/t/${tenantId}/quotas`,
    by: made.by.name,
    at: made.createdAt.toISOString(),
  }
  await queue(tx, [{ subject, event: 'told', notification }], now)
}
