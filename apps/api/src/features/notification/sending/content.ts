import type { OutboxBatch } from '@tickwatch/db'
import type { Json } from '@tickwatch/policy'
import { z } from 'zod'
import type { Answer } from '../notification.rules.ts'
import { kinds, type Notification, severities } from '../notification.types.ts'

/** What became of a batch. `remote` is how the receiver calls the thread, if it said so now. */
export type Sent = { answer: Answer; remote?: Json }

export type State = 'open' | 'acknowledged' | 'resolved'
export type Event = OutboxBatch['messages'][number]['event']

/** What is sent with one request, ready to be written in a receiver's own form. */
export type Content = {
  dedupKey: string
  /** Notices and changes: nothing follows. */
  isTold: boolean
  isStorm: boolean
  /** The state of the thread with this batch; of a storm, the worst of its incidents. */
  state: State
  /** What the receiver accepted last; null if this is the first. */
  delivered: State | null
  title: string
  text: string
  severity: Notification['severity']
  /** The newest of the batch. */
  notification: Notification
  /** The portal's page. */
  url: string
  links: { text: string; href: string }[]
  /** What happened, oldest first; of many, the newest. */
  events: { id: string; subject: string; event: Event; notification: Notification }[]
  /** How many messages the batch has. */
  count: number
  subjects: Record<State, number>
  /** The same for each repetition of this batch. */
  batchId: string
  remote: unknown
}

// A release may read what another one wrote (ADR 9): it ignores what it does not know, and has defaults for the rest.
const stored = z.object({
  kind: z.enum(kinds).catch('notice'),
  severity: z.enum(severities).catch('info'),
  slo: z.string().nullable().catch(null),
  tenantId: z.string().nullable().catch(null),
  title: z.string().catch('A notification without a title'),
  text: z.string().catch(''),
  path: z.string().catch('/'),
  links: z.array(z.object({ text: z.string(), href: z.string() })).catch([]),
  by: z.string().nullable().catch(null),
  at: z.string().catch(''),
})
export const notificationOf = (payload: unknown): Notification => stored.parse(payload ?? {})

/** A newer notice does not make an older page less urgent. */
const worst = (notifications: readonly Notification[]) =>
  severities.find((severity) => notifications.some((each) => each.severity === severity)) ?? 'info'

export function contentOf(batch: OutboxBatch, portalUrl: string): Content {
  const events = batch.messages.map(({ id, subject, event, payload }) => ({
    ...{ subject, event, id: String(id) },
    notification: notificationOf(payload),
  }))
  const notification = events.at(-1)?.notification ?? notificationOf(batch.first)
  const isTold = batch.dedupKey.startsWith('told/')
  const { subjects, isStorm } = batch
  const common = { subjects, isStorm, isTold, events, notification, dedupKey: batch.dedupKey, remote: batch.remote }
  return {
    ...common,
    state: subjects.open > 0 ? 'open' : subjects.acknowledged > 0 ? 'acknowledged' : 'resolved',
    delivered: batch.delivered,
    ...(isStorm ? stormWords(isTold, subjects, notificationOf(batch.first)) : notification),
    severity: isStorm ? worst(events.map((event) => event.notification)) : notification.severity,
    url: `${portalUrl}${isStorm ? (isTold ? '/' : '/incidents') : notification.path}`,
    links: isStorm ? [] : notification.links,
    count: batch.count,
    batchId: `msg_${batch.threadId}_${batch.firstId}_${batch.lastId}`,
  }
}

function stormWords(isTold: boolean, { open, acknowledged, resolved }: Content['subjects'], first: Notification) {
  const all = open + acknowledged + resolved
  if (isTold) {
    return { title: `${all} notices and changes`, text: `The first is: ${first.title}. The portal lists all.` }
  }
  return {
    title: `${open + acknowledged} of ${all} incidents are open`,
    text: `They began within a short time, so this message stands for all of them: ${open} open, ${acknowledged} acknowledged, ${resolved} resolved. The first is: ${first.title}.`,
  }
}

const eventWords: Record<Event, string> = {
  opened: 'Opened',
  updated: 'Updated',
  acknowledged: 'Acknowledged',
  resolved: 'Resolved',
  told: '',
}

/** One line for what happened, such as *Acknowledged by Mara*. */
export function eventLine({ event, notification: { by, title, text } }: Content['events'][number]): string {
  const what = `${eventWords[event]}${by === null ? '' : ` by ${by}`}`.trim()
  return event === 'acknowledged' || event === 'resolved'
    ? [what, text].filter(Boolean).join('. ')
    : `${what}: ${title}`
}

/** `Open: title`; a notice has no state. */
export const headline = ({ isTold, state, title }: Content): string =>
  isTold ? title : `${state[0]?.toUpperCase()}${state.slice(1)}: ${title}`

/** At most `max` characters, with an ellipsis if something is left out. */
export const shortened = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`
