import type { Json } from '@tickwatch/policy'
import type { OutboxEvent, OutboxState } from './generated/client.ts'
import type { DeliveredState } from './outbox.repository.ts'
import { clientOf, type WorkerTx } from './transaction.ts'

/** Messages with the same history, which one answer treats alike. */
export type BatchGroup = { attempts: number; lostAnswers: number; oldest: Date }
/** What is sent with one request: messages of one thread, oldest first. */
export type OutboxBatch = {
  threadId: bigint
  dedupKey: string
  isStorm: boolean
  createdAt: Date
  delivered: DeliveredState | null
  remote: unknown
  /** How many messages it has. Of many, `messages` has only the newest. */
  count: number
  firstId: number
  lastId: number
  messages: { id: number; subject: string; event: OutboxEvent; payload: unknown }[]
  /** The payload of the thread's first message. */
  first: unknown
  groups: BatchGroup[]
  /** How many subjects of the thread are in each state with this batch; a notice or a change counts as resolved. */
  subjects: Record<DeliveredState, number>
}

/** Of many messages the newest are enough to show. */
const shownMax = 50

/** When something can next be sent to a receiver: at once if it is in the past, null if nothing waits. */
export async function nextAttemptAt(tx: WorkerTx, receiverId: string): Promise<Date | null> {
  const [row] = await clientOf(tx).$queryRaw<{ at: Date | null }[]>`
    SELECT greatest(min(t.next_attempt_at), r.paused_until) AS at
    FROM public.outbox_message m JOIN public.outbox_thread t ON t.id = m.thread_id
      JOIN public.receiver r ON r.id = m.receiver_id
    WHERE m.receiver_id = ${receiverId}::uuid AND m.state = 'waiting' GROUP BY r.id`
  return row?.at ?? null
}

/** The threads whose messages a process began to send without storing the answer. */
export async function interrupted(tx: WorkerTx, receiverId: string): Promise<bigint[]> {
  const rows = await clientOf(tx).$queryRaw<{ id: bigint }[]>`
    SELECT DISTINCT thread_id AS id FROM public.outbox_message
    WHERE receiver_id = ${receiverId}::uuid AND state = 'sending'`
  return rows.map(({ id }) => id)
}

/**
 * Marks the messages that are sent next as being sent: those of the thread that waits longest.
 * @param openingFirst a thread of which the receiver knows nothing begins with the messages that open it, alone.
 * @returns null if nothing is due.
 */
export async function take(
  tx: WorkerTx,
  receiverId: string,
  now: Date,
  openingFirst: boolean,
): Promise<OutboxBatch | null> {
  const client = clientOf(tx)
  const [due] = await client.$queryRaw<{ id: bigint; delivered: string | null }[]>`
    SELECT t.id, t.delivered FROM public.outbox_thread t JOIN (
      SELECT thread_id, min(created_at) AS since FROM public.outbox_message
      WHERE receiver_id = ${receiverId}::uuid AND state = 'waiting' GROUP BY thread_id
    ) open ON open.thread_id = t.id
    WHERE t.next_attempt_at <= ${now} ORDER BY greatest(t.next_attempt_at, open.since), t.id LIMIT 1`
  if (!due) return null
  const alone = openingFirst && due.delivered === null
  await client.$executeRaw`
    UPDATE public.outbox_message SET state = 'sending', attempts = attempts + 1
    WHERE thread_id = ${due.id} AND state = 'waiting' AND (NOT ${alone}::boolean OR id < coalesce((
      SELECT min(m.id) FROM public.outbox_message m
      WHERE m.thread_id = ${due.id} AND m.state = 'waiting' AND m.event IN ('acknowledged', 'resolved')
        AND EXISTS (SELECT FROM public.outbox_message e WHERE e.thread_id = ${due.id} AND e.state = 'waiting' AND e.id < m.id)
      ), 9223372036854775807))`
  return sending(tx, due.id)
}

/** The messages of a thread that are being sent; null if none are. */
export async function sending(tx: WorkerTx, threadId: bigint): Promise<OutboxBatch | null> {
  const client = clientOf(tx)
  const thread = await client.outboxThread.findUniqueOrThrow({ where: { id: threadId } })
  const groups = await client.$queryRaw<(BatchGroup & { count: number; firstId: bigint; lastId: bigint })[]>`
    SELECT attempts, lost_answers AS "lostAnswers", min(created_at) AS oldest, count(*)::int AS count,
      min(id) AS "firstId", max(id) AS "lastId"
    FROM public.outbox_message WHERE thread_id = ${threadId} AND state = 'sending'
    GROUP BY attempts, lost_answers ORDER BY min(id)`
  const lastIds = groups.map(({ lastId }) => Number(lastId))
  if (lastIds.length === 0) return null
  const lastId = Math.max(...lastIds)
  const newest = await client.outboxMessage.findMany({
    where: { threadId, state: 'sending' },
    select: { id: true, subject: true, event: true, payload: true },
    orderBy: { id: 'desc' },
    take: shownMax,
  })
  const first = await client.outboxMessage.findFirstOrThrow({
    where: { threadId },
    select: { payload: true },
    orderBy: { id: 'asc' },
  })
  const subjects = { open: 0, acknowledged: 0, resolved: 0 }
  for (const { state, count } of await states(tx, threadId)) subjects[state] += count
  const { dedupKey, isStorm, createdAt, remote, delivered } = thread
  return {
    ...{ threadId, dedupKey, isStorm, createdAt, remote, subjects, lastId },
    delivered: delivered as DeliveredState | null,
    count: groups.reduce((sum, { count }) => sum + count, 0),
    firstId: Math.min(...groups.map(({ firstId }) => Number(firstId))),
    messages: newest.reverse().map((message) => ({ ...message, id: Number(message.id) })),
    first: first.payload,
    groups: groups.map(({ attempts, lostAnswers, oldest }) => ({ attempts, lostAnswers, oldest })),
  }
}

/** Also of messages newer than the batch that were sent while a person let an older one be sent again: the newest state counts. */
const states = (tx: WorkerTx, threadId: bigint) =>
  clientOf(tx).$queryRaw<{ state: DeliveredState; count: number }[]>`
    SELECT CASE event WHEN 'acknowledged' THEN 'acknowledged' WHEN 'resolved' THEN 'resolved' WHEN 'told' THEN 'resolved'
      ELSE 'open' END AS state, count(*)::int AS count
    FROM (
      SELECT DISTINCT ON (subject) event FROM public.outbox_message
      WHERE thread_id = ${threadId} AND state <> 'waiting' AND event <> 'updated' ORDER BY subject, id DESC
    ) newest GROUP BY 1`

/** Stores what became of one group of the messages that were being sent. */
export async function settle(
  tx: WorkerTx,
  threadId: bigint,
  group: BatchGroup,
  to: { state: OutboxState; lostAnswers: number; lastAnswer: string; at: Date },
): Promise<void> {
  const isFinished = to.state !== 'waiting' && to.state !== 'sending'
  await clientOf(tx).outboxMessage.updateMany({
    where: { threadId, state: 'sending', attempts: group.attempts, lostAnswers: group.lostAnswers },
    data: {
      state: to.state,
      lostAnswers: to.lostAnswers,
      lastAnswer: to.lastAnswer,
      finishedAt: isFinished ? to.at : null,
    },
  })
}

/** Stores what the receiver knows of a thread, and when it may be sent more of it. */
export async function settleThread(
  tx: WorkerTx,
  threadId: bigint,
  to: { nextAttemptAt: Date; delivered?: DeliveredState; remote?: Json },
): Promise<void> {
  const { remote, ...rest } = to
  await clientOf(tx).outboxThread.update({
    where: { id: threadId },
    data: { ...rest, ...(remote ? { remote } : {}) },
    select: { id: true },
  })
}
