import { type OutboxBatch, outboxBatches, type Receiver, receivers, type WorkerTx } from '@tickwatch/db'
import type { Lease } from '../../../workers/lease.ts'
import { type Answer, nextTimes, outcomeOf } from '../notification.rules.ts'
import { type ReceiverSettings, settingsInput } from '../notification.types.ts'
import { contentOf, type Sent } from './content.ts'
import { recognisesRepetition, type Send } from './send.ts'

export type Told = (receiver: Receiver, batch: OutboxBatch, answer: Answer) => void

/**
 * Settles what a killed process was sending: nobody knows whether it arrived. Call it once after taking the lease, when no
 * other process sends to this receiver.
 */
export async function recover(lease: Pick<Lease, 'write'>, receiverId: string, now: Date): Promise<void> {
  await lease.write(async (tx) => {
    const receiver = await receivers.byId(tx, receiverId)
    if (!receiver) return
    for (const threadId of await outboxBatches.interrupted(tx, receiverId)) {
      const batch = await outboxBatches.sending(tx, threadId)
      const answer = { kind: 'lost', text: 'The API ended before it stored the answer.' } as const
      if (batch) await settle(tx, receiver, batch, { answer }, now)
    }
  })
}

/**
 * Sends what is due next to a receiver, with one request, and stores the answer.
 * @returns when to call it again: at once if it is in the past; null if nothing waits.
 */
export async function deliverNext(
  lease: Pick<Lease, 'write' | 'check'>,
  receiverId: string,
  send: Send,
  now: () => Date,
  told: Told = () => {},
): Promise<Date | null> {
  const taken = await lease.write(async (tx) => {
    const receiver = await receivers.byId(tx, receiverId)
    if (!receiver || (receiver.pausedUntil && receiver.pausedUntil > now())) return null
    const batch = await outboxBatches.take(tx, receiverId, now(), receiver.kind === 'pagerduty')
    return batch && { receiver, batch }
  })
  if (taken) {
    const { receiver, batch } = taken
    const sent = await attempt(receiver, batch, send, now(), lease)
    await lease.write((tx) => settle(tx, receiver, batch, sent, now()))
    told(receiver, batch, sent.answer)
  }
  return lease.write((tx) => outboxBatches.nextAttemptAt(tx, receiverId))
}

async function attempt(
  receiver: Receiver,
  batch: OutboxBatch,
  send: Send,
  now: Date,
  lease: Pick<Lease, 'check'>,
): Promise<Sent> {
  if (receiver.removedAt) return { answer: { kind: 'refused', text: 'The receiver was removed.' } }
  const settings = settingsOf(receiver)
  if (!settings) return { answer: { kind: 'unsent', text: 'This release can’t read the settings of the receiver.' } }
  return send(settings, batch, now, lease.check())
}

/** Null if another release wrote settings that this one does not know. */
export function settingsOf({ kind, settings }: Pick<Receiver, 'kind' | 'settings'>): ReceiverSettings | null {
  const { data } = settingsInput.safeParse({ ...Object(settings), kind })
  return data ?? null
}

async function settle(tx: WorkerTx, receiver: Receiver, batch: OutboxBatch, sent: Sent, now: Date): Promise<void> {
  const { answer, remote } = sent
  const recognises = recognisesRepetition(receiver.kind, batch)
  for (const group of batch.groups) {
    const outcome = outcomeOf(group, answer, recognises, now)
    await outboxBatches.settle(tx, batch.threadId, group, { ...outcome, at: now })
  }
  const attempts = Math.max(...batch.groups.map((group) => group.attempts))
  const before = { attempts, failures: receiver.failures, isStorm: batch.isStorm }
  const { threadAt, receiverAt, failures } = nextTimes(receiver.kind, answer, before, now)
  await receivers.pace(tx, receiver.id, { pausedUntil: receiverAt, failures })
  await outboxBatches.settleThread(tx, batch.threadId, {
    nextAttemptAt: threadAt,
    ...(answer.kind === 'accepted' ? { delivered: contentOf(batch, '').state } : {}),
    ...(remote ? { remote } : {}),
  })
}
