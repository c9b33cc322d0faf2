import { auditLog, type Database, type OutboxMessage, outbox, receivers } from '@tickwatch/db'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { personEvent } from '../../shared/auditEvents.ts'
import { notFound } from '../../shared/errors.ts'
import type { Page } from '../../shared/page.types.ts'
import type { OutboxFigures } from '../../telemetry/metrics.ts'
import { nothingToDecide } from './notification.errors.ts'
import {
  type listInput,
  type MessageView,
  type ReceiverSettings,
  receiverKinds,
  undecidedForMs,
} from './notification.types.ts'
import { wakeReceiver } from './queue.ts'
import { notificationOf } from './sending/content.ts'
import { recognisesRepetition } from './sending/send.ts'

export type OutboxService = {
  /** Newest first. */
  messages(input: z.output<typeof listInput>): Promise<Page<MessageView>>
  /**
   * Sends a message again that failed or whose answer was lost, with what followed it about the same thing.
   * @returns how many messages that are.
   * @throws message-needs-no-decision
   */
  sendAgain(caller: Caller, id: number): Promise<{ count: number }>
  /** For the metrics, by kind of receiver. */
  figures(): Promise<OutboxFigures>
}

export function createOutboxService(db: Database): OutboxService {
  return {
    messages: (input) =>
      db.platform(async (tx) => {
        const page = await outbox.list(tx, input)
        return { ...page, items: page.items.map(messageView) }
      }),

    sendAgain: (caller, id) =>
      db.platform(async (tx) => {
        const [message] = (await outbox.list(tx, { id, pageSize: 1 })).items
        if (!message) throw notFound('message')
        const { receiverId, receiverName, threadId, subject, event, state, lastAnswer } = message
        // A receiver that is removed at the same moment waits for this lock.
        if ((await outbox.lockReceivers(tx, [receiverId])).length === 0) throw notFound('receiver')
        const count = needsDecision(message) ? await outbox.sendAgain(tx, threadId, new Date()) : 0
        if (count === 0) throw nothingToDecide()
        await wakeReceiver(tx, receiverId)
        const states = { before: { id, subject, event, state, lastAnswer }, after: { id, state: 'waiting', count } }
        await auditLog.append(
          tx,
          personEvent(caller, { action: 'notification.sendAgain', target: receiverName, ...states }),
        )
        return { count }
      }),

    figures: () =>
      db.platform(async (tx) => {
        const now = Date.now()
        const backlogs = await outbox.backlogs(tx, new Date(now - undecidedForMs))
        const live = await receivers.live(tx)
        return receiverKinds.map((kind) => {
          const ids = live.filter((receiver) => receiver.kind === kind).map(({ id }) => id)
          const ours = backlogs.filter(({ receiverId }) => ids.includes(receiverId))
          const sum = (of: 'waiting' | 'failed' | 'unknown') => ours.reduce((total, one) => total + one[of], 0)
          const oldest = Math.min(...ours.map((one) => one.oldest?.getTime() ?? now))
          return {
            ...{ kind, waiting: sum('waiting'), failed: sum('failed'), unknown: sum('unknown') },
            oldestUnsentSeconds: ours.length === 0 ? 0 : Math.max(0, now - oldest) / 1_000,
          }
        })
      }),
  }
}

const needsDecision = ({ state, isReceiverRemoved }: OutboxMessage) =>
  !isReceiverRemoved && (state === 'failed' || state === 'unknown')

function messageView(message: OutboxMessage): MessageView {
  const { id, subject, event, state, attempts, lastAnswer } = message
  const kind = message.receiverKind as ReceiverSettings['kind']
  return {
    ...{ id, subject, event, state, attempts, lastAnswer, title: notificationOf(message.payload).title },
    receiver: { id: message.receiverId, name: message.receiverName, kind },
    maybeTwice: message.lostAnswers > 0 && !recognisesRepetition(kind, message),
    createdAt: message.createdAt.toISOString(),
    finishedAt: message.finishedAt?.toISOString() ?? null,
    nextAttemptAt: message.nextAttemptAt?.toISOString() ?? null,
    needsDecision: needsDecision(message),
  }
}
