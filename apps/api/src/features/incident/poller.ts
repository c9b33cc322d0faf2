import {
  type ActiveAlerts,
  type AlertQueue,
  AwsUnavailable,
  type MetricsQuery,
  type QueueMessage,
} from '@tickwatch/aws'
import { type Alert, alerts as alertStore, type Database } from '@tickwatch/db'
import { canonicalJson } from '@tickwatch/policy'
import type { Logger } from 'pino'
import { z } from 'zod'
import { repeat } from '../../shared/repeat.ts'
import { alertmanagerBody, alertsOf } from '../notification/incoming/alertmanager.ts'

/** The source of receipts that came from AMP. */
export const ampSource = 'amp'
const restMs = 1_000

export type Poller = {
  /** Why the queue can't be read; null if it can. */
  fault(): string | null
  /** Null if the queue has no dead-letter queue or does not answer. */
  deadLetters(): Promise<number | null>
  /** Ends when the signal aborted and what was received is handled. */
  ended: Promise<void>
}

export type PollerParts = {
  db: Database
  queue: AlertQueue
  active: ActiveAlerts
  metrics: Pick<MetricsQuery, 'instant'>
  receive(alerts: readonly Alert[]): Promise<void>
  ending: AbortSignal
  log: Logger
}

/**
 * Reads alerts from SQS until the signal aborts. A message is removed after its alerts are committed, so that a process that
 * is killed between leaves it in the queue. It comes again then, and is known. While Postgres is away nothing is received:
 * otherwise messages would go to the dead-letter queue.
 */
export function startPoller(parts: PollerParts): Poller {
  const { db, queue, ending, log } = parts
  let fault: string | null = null

  async function step(): Promise<void> {
    // A rest only after a fault: the next long poll follows at once.
    for (;;) {
      await db.ping()
      const messages = await queue.receive(ending)
      fault = null
      if (messages.length > 0) await handle(parts, messages)
      if (ending.aborted) return
    }
  }

  const ended = repeat(restMs, ending, async () => {
    try {
      await step()
    } catch (err) {
      if (ending.aborted) return
      fault =
        err instanceof AwsUnavailable
          ? 'SQS or AMP does not answer. Alerts wait in the queue, nothing is lost.'
          : 'Alerts can’t be read from the queue. They wait there. The log of the API says why.'
      log.warn({ err }, 'alerts could not be read from the queue, will retry')
    }
  })
  return { fault: () => fault, ended, deadLetters: () => queue.deadLetters().catch(() => null) }
}

/** What SNS sends to a queue. https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
const envelope = z.object({ Message: z.string() })

/** The alerts of a message; null if it can't be read, or if alerts were left out of it. */
export function alertsOfMessage(body: string): Alert[] | null {
  const outer = envelope.safeParse(parsed(body)).data
  const inner = alertmanagerBody.safeParse(parsed(outer?.Message ?? '')).data
  return inner && inner.truncatedAlerts === 0 ? alertsOf(inner) : null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function handle(parts: PollerParts, messages: readonly QueueMessage[]): Promise<void> {
  const read = messages.map((message) => ({ message, alerts: alertsOfMessage(message.body) }))
  await parts.receive(read.flatMap(({ alerts }) => alerts ?? []))
  if (read.some(({ alerts }) => alerts === null)) {
    parts.log.warn('a message about alerts could not be read, so AMP is asked which alerts fire')
    await parts.receive(await whatFires(parts))
  }
  // A person may look at what could not be read. Its alerts are known by now.
  for (const { message, alerts } of read)
    await (alerts === null ? parts.queue.giveUp(message) : parts.queue.remove(message))
}

/**
 * The news that a lost message may have had: the alerts that AMP's Alertmanager has now, and the end of those that neither it
 * nor the rules have any more. An Alertmanager that was just started knows none for a while, so the rules are asked too.
 */
async function whatFires({ db, active, metrics }: PollerParts): Promise<Alert[]> {
  const known = await db.platform((tx) => alertStore.firingOf(tx, ampSource))
  const listed = await active.list()
  const firing = await metrics.instant('ALERTS{alertstate="firing"}')
  const byRules = new Set(
    firing.map(({ labels: { __name__: _name, alertstate: _state, ...labels } }) => canonicalJson(labels)),
  )
  const byAlertmanager = new Set(listed.map(({ fingerprint }) => fingerprint))
  return [
    // One that Postgres could not store must not hold up the others.
    ...listed.flatMap((alert) => {
      const { data } = alertmanagerBody.safeParse({
        version: '4',
        alerts: [{ ...alert, status: 'firing', endsAt: null }],
      })
      return data ? alertsOf(data) : []
    }),
    ...known
      .filter(({ fingerprint, labels }) => !byAlertmanager.has(fingerprint) && !byRules.has(canonicalJson(labels)))
      .map(({ fingerprint, startsAt, labels }): Alert => {
        return { fingerprint, status: 'resolved', startsAt, endsAt: null, labels }
      }),
  ]
}
