import { randomUUID } from 'node:crypto'
import { type Database, outbox, receivers } from '@tickwatch/db'
import type { Notification, ReceiverSettings, Route } from '../features/notification/notification.types.ts'
import { createNotificationQueue, type News } from '../features/notification/queue.ts'
import { deliverNext, recover } from '../features/notification/sending/deliver.ts'
import type { Send } from '../features/notification/sending/send.ts'

/** Queues and sends as the API does, but by a clock that only moves when nothing is due. */
export function createTestOutbox(db: Database) {
  const { queue } = createNotificationQueue('test')
  // A webhook's receiver compares its time with the real one.
  let nowMs = Date.now()
  const now = () => new Date(nowMs)
  const signal = new AbortController().signal
  const lease = { check: () => signal, write: db.worker }

  return {
    now,
    pass: (ms: number) => {
      nowMs += ms
    },
    /** A receiver, and a route that sends it all. */
    async receiver(settings: ReceiverSettings): Promise<string> {
      const id = randomUUID()
      const { kind } = settings
      await db.platform(async (tx) => {
        await receivers.create(tx, { id, name: `r-${id}`, kind, settings, createdAt: now() })
        const version = ((await receivers.routes(tx))?.version ?? 0) + 1
        const by = { subject: 'test', name: 'Test' }
        const routes: Route[] = [{ name: 'all', kinds: [], severities: [], slos: [], tenants: [], receivers: [id] }]
        await receivers.appendRoutes(tx, { version, createdAt: now(), by, reason: 'test', routes })
      })
      return id
    },
    queue: (...news: News[]) => db.platform((tx) => queue(tx, news, now())),

    /**
     * Sends what is due within `ms`, as the clock moves on. It ends early if nothing waits.
     * @returns how many requests it made
     */
    async run(receiverId: string, send: Send, ms = 3_600_000): Promise<number> {
      const endMs = nowMs + ms
      let requests = 0
      const counted: Send = (...about) => {
        requests += 1
        return send(...about)
      }
      for (;;) {
        const next = await deliverNext(lease, receiverId, counted, now)
        if (next === null) return requests
        if (next.getTime() > endMs) break
        nowMs = Math.max(nowMs, next.getTime())
      }
      nowMs = endMs
      return requests
    },
    /** Sends once, and is killed before it stores the answer. Another process continues. */
    async killedAfterSending(receiverId: string, send: Send): Promise<void> {
      let writes = 0
      const dying: typeof lease = {
        ...lease,
        write: (work) => {
          writes += 1
          return writes === 2 ? Promise.reject(new Error('killed')) : db.worker(work)
        },
      }
      await deliverNext(dying, receiverId, send, now).catch(() => {})
      await recover(lease, receiverId, now())
    },
    /** What a person decides. @returns how many messages wait because of it */
    async sendAgain(receiverId: string): Promise<number> {
      const [message] = (await db.platform((tx) => outbox.list(tx, { receiverId, show: 'undecided', pageSize: 1 })))
        .items
      return message ? db.platform((tx) => outbox.sendAgain(tx, message.threadId, now())) : 0
    },
    /** Oldest first. */
    async messages(receiverId: string) {
      const { items } = await db.platform((tx) => outbox.list(tx, { receiverId, pageSize: 500 }))
      return items.toReversed()
    },
  }
}

export const newsOf = (subject: string, event: News['event'], over: Partial<Notification> = {}): News => ({
  subject,
  event,
  notification: {
    ...{ kind: 'incident', severity: 'page', slo: 'freshness', tenantId: 'acme', links: [], by: null },
    ...{ title: 'Freshness of acme burns', text: 'Its budget lasts 3 h.', path: '/incidents/7' },
    at: '2026-11-29T12:00:00.000Z',
    ...over,
  },
})
