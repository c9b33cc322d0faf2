import {
  jobs,
  type NewMessage,
  type OutboxEvent,
  outbox,
  type PlatformTx,
  type ReceiverKind,
  receivers,
} from '@tickwatch/db'
import { receiversOf, stormMs, threadFor } from './notification.rules.ts'
import { type Notification, type Route, routeInput } from './notification.types.ts'

/** Something to tell. */
export type News = {
  /** What it is about: one episode of an incident (`inc-7/1`), a notice or a change. */
  subject: string
  event: OutboxEvent
  notification: Notification
  /** It came from receivers of this kind, who know it already. */
  exceptKind?: ReceiverKind
}
export type NotificationQueue = {
  /**
   * Queues news for the receivers that the routes choose, in the transaction of what happened. *Opened* and *told* go to the
   * receivers of the routes; *updated*, *acknowledged* and *resolved* to those who were told that it opened, whatever
   * the routes say now. News of one subject are sent in the order in which they are queued, so the caller must hold a
   * lock on the subject.
   * @throws RangeError without a subject: receivers would take strangers for one.
   */
  queue(tx: PlatformTx, news: readonly News[], now?: Date): Promise<void>
  /** Sends to one receiver, whatever the routes say: a test. */
  queueTo(tx: PlatformTx, receiverId: string, news: readonly News[], now?: Date): Promise<void>
}

const opens = ({ event }: News) => event === 'opened' || event === 'told'

/** @param environment is part of what receivers know an incident by: two environments may share a PagerDuty service. */
export function createNotificationQueue(environment: string): NotificationQueue {
  async function add(tx: PlatformTx, news: readonly News[], to: (news: News) => readonly string[], now: Date) {
    for (const { subject } of news) {
      if (!/\S/.test(subject)) throw new RangeError('news must have a subject')
    }
    const opening = await opened(tx, news.filter(opens), to, now)
    await outbox.add(tx, opening)
    // Read afterwards, so that an incident may open and resolve in one transaction.
    const following = await followed(
      tx,
      news.filter((each) => !opens(each)),
      now,
    )
    await outbox.add(tx, following)
    for (const id of new Set([...opening, ...following].map(({ receiverId }) => receiverId))) await wakeReceiver(tx, id)
  }

  async function opened(tx: PlatformTx, news: readonly News[], to: (news: News) => readonly string[], now: Date) {
    const wanted = news.map((each) => ({ each, ids: to(each) }))
    const ids = await outbox.lockReceivers(tx, [...new Set(wanted.flatMap((one) => one.ids))])
    const made: NewMessage[] = []
    for (const isTold of [false, true]) {
      const mine = wanted.filter(({ each }) => (each.event === 'told') === isTold)
      if (mine.length === 0) continue
      const known = await outbox.recentThreads(tx, ids, isTold, new Date(now.getTime() - stormMs))
      for (const receiverId of ids) {
        const recent = known.find((one) => one.receiverId === receiverId)
        let own = recent?.opened ?? 0
        let storm = recent?.stormId ?? null
        for (const { each } of mine.filter((one) => one.ids.includes(receiverId))) {
          const where = threadFor(own, storm !== null)
          const key = isTold ? `told/${environment}` : environment
          const thread = { receiverId, at: now, isStorm: where !== 'own' }
          let threadId: bigint
          if (where === 'own') {
            threadId = await outbox.openThread(tx, { ...thread, dedupKey: `${key}/${each.subject}`.slice(0, 255) })
            own += 1
          } else {
            storm ??= await outbox.openThread(tx, { ...thread, dedupKey: `${key}/storm/${now.toISOString()}` })
            threadId = storm
          }
          made.push(messageOf(each, receiverId, threadId, now))
        }
        if (storm !== null) await outbox.joinStorm(tx, storm, now)
      }
    }
    return made
  }

  async function followed(tx: PlatformTx, news: readonly News[], now: Date): Promise<NewMessage[]> {
    if (news.length === 0) return []
    const threads = await outbox.threadsOf(tx, [...new Set(news.map(({ subject }) => subject))])
    return news.flatMap((each) =>
      threads
        .filter(({ subject, receiverKind }) => subject === each.subject && receiverKind !== each.exceptKind)
        .map(({ receiverId, threadId }) => messageOf(each, receiverId, threadId, now)),
    )
  }

  return {
    async queue(tx, news, now = new Date()) {
      if (news.length === 0) return
      const routes = routesOf((await receivers.routes(tx))?.routes)
      await add(tx, news, ({ notification }) => receiversOf(routes, notification), now)
    },
    queueTo: (tx, receiverId, news, now = new Date()) => add(tx, news, () => [receiverId], now),
  }
}

/** Sends what waits for this receiver, as soon as the transaction commits. */
export const wakeReceiver = (tx: PlatformTx, receiverId: string): Promise<void> =>
  jobs.enqueue(tx, { task: 'deliver', payload: { receiverId }, jobKey: `deliver ${receiverId}` })

const messageOf = (
  { subject, event, notification }: News,
  receiverId: string,
  threadId: bigint,
  createdAt: Date,
): NewMessage => ({
  ...{ receiverId, threadId, subject, event, createdAt },
  payload: { ...notification, links: notification.links.slice(0, 20) },
})

/** Skips a route that another release wrote and this one can't read. */
export const routesOf = (column: unknown): Route[] =>
  (Array.isArray(column) ? column : []).flatMap((route) => {
    const { data } = routeInput.safeParse(route)
    return data ? [data] : []
  })
