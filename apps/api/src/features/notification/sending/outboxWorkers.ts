import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, outbox } from '@tickwatch/db'
import type { Logger } from 'pino'
import type { Metrics } from '../../../telemetry/metrics.ts'
import { createLeases, type Lease, type Leases } from '../../../workers/lease.ts'
import { deliverNext, recover } from './deliver.ts'
import type { Send } from './send.ts'

/** If a process is killed while it sends, another one continues after at most this time. */
const leaseMs = 5_000
/** A process keeps the lease for waits up to this. A longer wait ends its turn: then a tick continues. */
const keepForMs = 4_000

/**
 * Sends what waits in the outbox. For each receiver one process at a time does, under a lease, with the receiver's own
 * rate. A receiver that hangs delays no other one.
 */
export function createOutboxWorkers(parts: {
  db: Database
  send: Send
  metrics: Pick<Metrics, 'countSend'>
  ending: AbortSignal
  log: Logger
}) {
  const { db, metrics, ending, log } = parts
  const leases = new Map<string, Leases>()
  const running = new Map<string, Promise<void>>()
  const wokenAgain = new Set<string>()
  const naps = new Map<string, AbortController>()

  function leasesOf(receiverId: string): Leases {
    const known =
      leases.get(receiverId) ?? createLeases(db, { name: `outbox ${receiverId}`, forMs: leaseMs }, ending, log)
    leases.set(receiverId, known)
    return known
  }

  async function work(receiverId: string, lease: Lease): Promise<void> {
    await recover(lease, receiverId, new Date())
    while (!ending.aborted) {
      wokenAgain.delete(receiverId)
      const next = await deliverNext(
        lease,
        receiverId,
        parts.send,
        () => new Date(),
        (receiver, { count }, answer) => {
          metrics.countSend(receiver.kind, answer.kind)
          const about = { receiver: receiver.name, messages: count, answer: answer.kind }
          if (answer.kind === 'accepted') log.debug(about, 'notifications sent')
          else log.warn({ ...about, why: answer.text }, 'notifications not sent')
        },
      )
      if (next === null) return
      const waitMs = next.getTime() - Date.now()
      if (waitMs > keepForMs) return
      if (waitMs > 0) await nap(receiverId, waitMs)
    }
  }

  /** Waits until then, or until something else is queued for the receiver. */
  async function nap(receiverId: string, ms: number): Promise<void> {
    if (wokenAgain.has(receiverId)) return
    const woken = new AbortController()
    naps.set(receiverId, woken)
    await sleep(ms, undefined, { signal: AbortSignal.any([ending, woken.signal]) }).catch(() => {})
    naps.delete(receiverId)
  }

  /** Sends what is due to this receiver now. What is queued while it sends is sent too. */
  function wake(receiverId: string): void {
    wokenAgain.add(receiverId)
    naps.get(receiverId)?.abort()
    if (running.has(receiverId) || ending.aborted) return
    const turn = leasesOf(receiverId)
      .hold((lease) => work(receiverId, lease))
      .catch((err: unknown) => {
        if (!ending.aborted) log.warn({ err, receiverId }, 'the outbox stopped, the next tick continues')
      })
      .finally(() => {
        running.delete(receiverId)
        if (wokenAgain.has(receiverId) && !ending.aborted) setImmediate(wakeIfDue, receiverId)
      })
    running.set(receiverId, turn)
  }

  /** A message may have been queued after the last look. */
  const wakeIfDue = (receiverId: string) =>
    void db
      .worker((tx) => outbox.dueReceivers(tx, new Date()))
      .then((due) => {
        wokenAgain.delete(receiverId)
        if (due.includes(receiverId)) wake(receiverId)
      })
      .catch((err: unknown) => log.debug({ err, receiverId }, 'the next tick looks again'))

  return {
    wake,
    async wakeDue(): Promise<void> {
      for (const id of await db.worker((tx) => outbox.dueReceivers(tx, new Date()))) wake(id)
    },
    /** Waits for the requests that are running. Call it after `ending` aborted. */
    async stop(): Promise<void> {
      await Promise.all(running.values())
    },
  }
}
export type OutboxWorkers = ReturnType<typeof createOutboxWorkers>
