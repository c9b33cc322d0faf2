import type { Json } from '@tickwatch/policy'
import { type OutboxEvent, type OutboxState, Prisma } from './generated/client.ts'
import { decodeCursor, type Page, type PageRequest, toPage } from './page.ts'
import { clientOf, type PlatformTx, type WorkerTx } from './transaction.ts'

export type { OutboxEvent, OutboxState }
/** What a receiver was told last about a subject. */
export type DeliveredState = 'open' | 'acknowledged' | 'resolved'

/** How a receiver's messages of the last minute opened, for the decision whether the next one opens a thread of its own. */
export type RecentThreads = {
  receiverId: string
  /** Threads of single incidents that opened since. */
  opened: number
  /** The newest storm that an incident joined since; null if there is none. */
  stormId: bigint | null
}
export type NewThread = { receiverId: string; dedupKey: string; isStorm: boolean; at: Date }
export type NewMessage = {
  receiverId: string
  threadId: bigint
  subject: string
  event: OutboxEvent
  payload: Json
  createdAt: Date
}
export type OutboxMessage = Omit<NewMessage, 'payload'> & {
  id: number
  /** The key of its thread. */
  dedupKey: string
  receiverName: string
  receiverKind: string
  isReceiverRemoved: boolean
  payload: unknown
  state: OutboxState
  attempts: number
  /** After how many attempts nobody knows whether the receiver has it. */
  lostAnswers: number
  lastAnswer: string | null
  finishedAt: Date | null
  /** When it is tried next; null if it is finished. */
  nextAttemptAt: Date | null
}

/**
 * Locks receivers until the transaction ends, so that two transactions that open threads count each other's.
 * @returns those that are not removed.
 */
export async function lockReceivers(tx: PlatformTx, receiverIds: readonly string[]): Promise<string[]> {
  if (receiverIds.length === 0) return []
  const rows = await clientOf(tx).$queryRaw<{ id: string }[]>`
    SELECT id FROM public.receiver WHERE id = ANY (${[...receiverIds]}::uuid[]) AND removed_at IS NULL
    ORDER BY id FOR NO KEY UPDATE`
  return rows.map(({ id }) => id)
}

/** @param isTold threads of notices and changes, whose keys begin with `told/`; otherwise those of incidents. */
export async function recentThreads(
  tx: PlatformTx,
  receiverIds: readonly string[],
  isTold: boolean,
  since: Date,
): Promise<RecentThreads[]> {
  return clientOf(tx).$queryRaw<RecentThreads[]>`
    SELECT receiver_id AS "receiverId", count(*) FILTER (WHERE NOT is_storm)::int AS opened,
      max(id) FILTER (WHERE is_storm) AS "stormId"
    FROM public.outbox_thread WHERE receiver_id = ANY (${[...receiverIds]}::uuid[]) AND last_opened_at > ${since}
      AND starts_with(dedup_key, 'told/') = ${isTold}::boolean
    GROUP BY receiver_id`
}

/** Opens a thread, or finds the one with this key, which the same incident opened before. */
export async function openThread(tx: PlatformTx, { receiverId, dedupKey, isStorm, at }: NewThread): Promise<bigint> {
  const [row] = await clientOf(tx).$queryRaw<{ id: bigint }[]>`
    INSERT INTO public.outbox_thread (receiver_id, dedup_key, is_storm, created_at, last_opened_at, next_attempt_at)
    VALUES (${receiverId}::uuid, ${dedupKey}, ${isStorm}, ${at}, ${at}, ${at})
    ON CONFLICT (receiver_id, dedup_key) DO UPDATE SET last_opened_at = excluded.last_opened_at
    RETURNING id`
  if (!row) throw new TypeError('the insert returned no row')
  return row.id
}

export async function joinStorm(tx: PlatformTx, threadId: bigint, at: Date): Promise<void> {
  await clientOf(tx).outboxThread.updateMany({ where: { id: threadId }, data: { lastOpenedAt: at } })
}

export type SubjectThread = { subject: string; receiverId: string; receiverKind: string; threadId: bigint }

/** The threads in which a subject was told to any receiver that is not removed. */
export async function threadsOf(tx: PlatformTx, subjects: readonly string[]): Promise<SubjectThread[]> {
  return clientOf(tx).$queryRaw<SubjectThread[]>`
    SELECT DISTINCT m.subject, m.receiver_id AS "receiverId", r.kind::text AS "receiverKind", m.thread_id AS "threadId"
    FROM public.outbox_message m JOIN public.receiver r ON r.id = m.receiver_id
    WHERE m.subject = ANY (${[...subjects]}::text[]) AND r.removed_at IS NULL
    ORDER BY m.receiver_id, m.thread_id`
}

/** The subjects of a thread, by what its receiver knows it by. */
export async function subjectsOf(tx: PlatformTx, receiverId: string, dedupKey: string): Promise<string[]> {
  const rows = await clientOf(tx).outboxMessage.findMany({
    where: { receiverId, thread: { dedupKey } },
    select: { subject: true },
    distinct: ['subject'],
    orderBy: { subject: 'asc' },
  })
  return rows.map(({ subject }) => subject)
}

/** Adds messages in this order. One statement, because an outage may bring thousands at once. */
export async function add(tx: PlatformTx, messages: readonly NewMessage[]): Promise<void> {
  if (messages.length === 0) return
  const rows = messages.map((message) => ({ ...message, threadId: String(message.threadId) }))
  await clientOf(tx).$executeRaw`
    INSERT INTO public.outbox_message (receiver_id, thread_id, subject, event, payload, created_at)
    SELECT (m ->> 'receiverId')::uuid, (m ->> 'threadId')::bigint, m ->> 'subject',
      (m ->> 'event')::public.outbox_event, m -> 'payload', (m ->> 'createdAt')::timestamptz
    FROM jsonb_array_elements(${JSON.stringify(rows)}::jsonb) WITH ORDINALITY AS given(m, position) ORDER BY position`
}

export type OutboxListRequest = PageRequest & {
  id?: number | undefined
  receiverId?: string | undefined
  subject?: string | undefined
  /**
   * `trouble`: those that failed, whose answer was lost, or that wait after a failed attempt; `undecided`: those of which
   * nothing more is sent until a person decides.
   */
  show?: 'all' | 'waiting' | 'trouble' | 'undecided' | undefined
}

const shown = {
  all: Prisma.sql`true`,
  waiting: Prisma.sql`m.state IN ('waiting', 'sending')`,
  trouble: Prisma.sql`(m.state IN ('failed', 'unknown') OR m.lost_answers > 0 OR (m.state = 'waiting' AND m.attempts > 0))`,
  undecided: Prisma.sql`m.state IN ('failed', 'unknown')`,
}

/** Newest first. @throws BadCursor */
export async function list(tx: PlatformTx, request: OutboxListRequest): Promise<Page<OutboxMessage>> {
  const after = decodeCursor(request.cursor, ['int8'])
  const where = [shown[request.show ?? 'all']]
  if (after) where.push(Prisma.sql`m.id < ${after[0]}::bigint`)
  if (request.id !== undefined) where.push(Prisma.sql`m.id = ${request.id}::bigint`)
  if (request.receiverId) where.push(Prisma.sql`m.receiver_id = ${request.receiverId}::uuid`)
  if (request.subject !== undefined) where.push(Prisma.sql`m.subject = ${request.subject}`)
  const rows = await clientOf(tx).$queryRaw<(Omit<OutboxMessage, 'id'> & { id: bigint })[]>`
    SELECT m.id, m.receiver_id AS "receiverId", r.name AS "receiverName", r.kind::text AS "receiverKind",
      r.removed_at IS NOT NULL AS "isReceiverRemoved", m.thread_id AS "threadId", t.dedup_key AS "dedupKey", m.subject,
      m.event::text AS event, m.payload, m.state::text AS state, m.attempts, m.lost_answers AS "lostAnswers", m.last_answer AS "lastAnswer", m.created_at AS "createdAt",
      m.finished_at AS "finishedAt",
      CASE WHEN m.finished_at IS NULL THEN greatest(t.next_attempt_at, r.paused_until) END AS "nextAttemptAt"
    FROM public.outbox_message m JOIN public.receiver r ON r.id = m.receiver_id
      JOIN public.outbox_thread t ON t.id = m.thread_id
    WHERE ${Prisma.join(where, ' AND ')} ORDER BY m.id DESC LIMIT ${request.pageSize + 1}`
  return toPage(
    rows,
    request.pageSize,
    (row) => [Number(row.id)],
    (row) => ({ ...row, id: Number(row.id) }),
  )
}

export type Backlog = {
  receiverId: string
  waiting: number
  oldest: Date | null
  /** The last answer to a message that still waits. */
  waitingAnswer: string | null
  /** How many of those that were queued since `since` a person must decide about, by why. */
  failed: number
  unknown: number
  /** What was finished last. */
  last: { at: Date; state: OutboxState; answer: string | null } | null
}

/** Of each receiver that is not removed. */
export async function backlogs(tx: PlatformTx, since: Date): Promise<Backlog[]> {
  const rows = await clientOf(tx).$queryRaw<
    (Omit<Backlog, 'last'> & { lastAt: Date | null; lastState: OutboxState; lastAnswer: string | null })[]
  >`
    SELECT r.id AS "receiverId", open.waiting, open.oldest, undecided.failed, undecided.unknown,
      (SELECT m.last_answer FROM public.outbox_message m WHERE m.receiver_id = r.id AND m.state IN ('waiting', 'sending')
        AND m.last_answer IS NOT NULL ORDER BY m.id DESC LIMIT 1) AS "waitingAnswer",
      last.finished_at AS "lastAt", last.state AS "lastState", last.last_answer AS "lastAnswer"
    FROM public.receiver r
      CROSS JOIN LATERAL (SELECT count(*)::int AS waiting, min(m.created_at) AS oldest FROM public.outbox_message m
        WHERE m.receiver_id = r.id AND m.state IN ('waiting', 'sending')) open
      CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE m.state = 'failed')::int AS failed,
          count(*) FILTER (WHERE m.state = 'unknown')::int AS unknown FROM public.outbox_message m
        WHERE m.receiver_id = r.id AND m.state IN ('failed', 'unknown') AND m.created_at > ${since}) undecided
      LEFT JOIN LATERAL (SELECT m.finished_at, m.state::text AS state, m.last_answer FROM public.outbox_message m
        WHERE m.receiver_id = r.id AND m.finished_at IS NOT NULL ORDER BY m.finished_at DESC LIMIT 1) last ON true
    WHERE r.removed_at IS NULL ORDER BY r.name`
  return rows.map(({ lastAt, lastState, lastAnswer, ...row }) => ({
    ...row,
    last: lastAt && { at: lastAt, state: lastState, answer: lastAnswer },
  }))
}

/**
 * Queues again what a person decided to send again: of this thread the first message that failed or of which nobody knows
 * whether it arrived, and all that followed, so that the receiver ends with the newest state.
 * @returns how many messages wait now because of it; 0 if nothing of it needs a decision, or some of it is being sent.
 */
export async function sendAgain(tx: PlatformTx, threadId: bigint, at: Date): Promise<number> {
  const client = clientOf(tx)
  const again = await client.$queryRaw<{ event: OutboxEvent }[]>`
    UPDATE public.outbox_message SET state = 'waiting', finished_at = NULL
    WHERE thread_id = ${threadId} AND finished_at IS NOT NULL
      AND id >= (SELECT min(id) FROM public.outbox_message WHERE thread_id = ${threadId} AND state IN ('failed', 'unknown'))
      AND NOT EXISTS (SELECT FROM public.outbox_message WHERE thread_id = ${threadId} AND state = 'sending')
    RETURNING event::text AS event`
  if (again.length === 0) return 0
  // PagerDuty ignores an acknowledgement before the incident was opened there.
  const opensAgain = again.some(({ event }) => event === 'opened')
  await client.outboxThread.update({
    where: { id: threadId },
    data: { nextAttemptAt: at, ...(opensAgain ? { delivered: null } : {}) },
    select: { id: true },
  })
  return again.length
}

/** The receivers to which something can be sent before `until`. */
export async function dueReceivers(tx: WorkerTx, until: Date): Promise<string[]> {
  const rows = await clientOf(tx).$queryRaw<{ id: string }[]>`
    SELECT DISTINCT m.receiver_id AS id FROM public.outbox_message m
      JOIN public.outbox_thread t ON t.id = m.thread_id JOIN public.receiver r ON r.id = m.receiver_id
    WHERE m.state IN ('waiting', 'sending') AND t.next_attempt_at <= ${until}
      AND (r.paused_until IS NULL OR r.paused_until <= ${until})`
  return rows.map(({ id }) => id)
}

/**
 * Deletes what was finished before `before`, in threads of which nothing more can follow.
 */
export async function forget(tx: WorkerTx, before: Date): Promise<void> {
  await clientOf(tx).$executeRaw`
    DELETE FROM public.outbox_thread t WHERE t.created_at < ${before} AND t.last_opened_at < ${before}
      AND (t.delivered = 'resolved' OR t.delivered IS NULL)
      AND NOT EXISTS (SELECT FROM public.outbox_message m
        WHERE m.thread_id = t.id AND (m.finished_at IS NULL OR m.finished_at >= ${before}))`
}
