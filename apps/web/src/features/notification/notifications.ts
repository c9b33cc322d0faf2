import type { StatusKind } from '../../components/Status.tsx'
import { formatAge, plural } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { capitalised, either } from '../../lib/words.ts'

export type Receiver = Outputs['notification']['receivers']['items'][number]
export type Settings = Receiver['settings']
export type ReceiverKind = Settings['kind']
export type RoutesVersion = Outputs['notification']['routes']
export type Route = RoutesVersion['routes'][number]
export type Message = Outputs['notification']['messages']['items'][number]

export const receiverKinds = ['pagerduty', 'slack', 'webhook', 'email'] as const satisfies ReceiverKind[]
export const kindNames = {
  pagerduty: 'PagerDuty',
  slack: 'Slack',
  webhook: 'Webhook',
  email: 'Mail',
} as const satisfies Record<ReceiverKind, string>

export const shows = ['all', 'waiting', 'trouble', 'undecided'] as const
export const showNames = {
  all: 'All',
  waiting: 'Waiting',
  trouble: 'Trouble',
  undecided: 'To decide',
} as const satisfies Record<(typeof shows)[number], string>

/** The API input for the URL of `/notifications`, shared by the page and the server that prefetches for it. */
export function messagesInput(get: (key: string) => string | null) {
  const show = shows.find((one) => one === get('show')) ?? 'all'
  return { show, cursor: get('cursor'), pageSize: 20 }
}

// 1. Receivers -------------------------------------------------------------------------------------------------------

/** Where a receiver sends to, as people call it. */
export function targetOf(settings: Settings): string {
  switch (settings.kind) {
    case 'pagerduty':
      return 'the service of its key'
    case 'slack':
      return `channel ${settings.channel}`
    case 'webhook':
      return settings.url
    case 'email':
      return settings.to.join(', ')
  }
}

type Load = Pick<Receiver, 'waiting' | 'oldestWaitingAt' | 'failed' | 'unknown' | 'failures' | 'last' | 'waitingAnswer'>

/** Whether messages arrive at a receiver. A receiver that fails and a message that needs a decision come first. */
export function receiverState(receiver: Load, nowMs: number): { kind: StatusKind; text: string } {
  const { waiting, oldestWaitingAt, failed, unknown, failures, last, waitingAnswer } = receiver
  const waits = waiting === 0 || !oldestWaitingAt ? '' : waitText(waiting, oldestWaitingAt, nowMs)
  if (failures > 0 && waits) return { kind: 'bad', text: `fails: ${waits}. ${waitingAnswer ?? ''}`.trim() }
  if (failed + unknown > 0) return { kind: 'warning', text: decideText(failed, unknown) }
  if (waits) return { kind: 'info', text: waits }
  if (!last) return { kind: 'quiet', text: 'nothing sent yet' }
  return { kind: 'good', text: 'all sent' }
}

const waitText = (waiting: number, oldestAt: string, nowMs: number) =>
  `${plural(waiting, 'message waits', 'messages wait')}, ${waiting === 1 ? '' : 'the oldest '}for ${formatAge(Math.max(0, nowMs - Date.parse(oldestAt)))}`

const decideText = (failed: number, unknown: number) => {
  const parts = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(unknown > 0 ? [`of ${unknown} nobody knows whether ${unknown === 1 ? 'it' : 'they'} arrived`] : []),
  ]
  return either(parts, 'and')
}

/** The state of all notifications in one sentence, the worst first. */
export function notificationsSentence(
  receivers: readonly (Load & { name: string })[],
  routes: readonly Route[],
  nowMs: number,
): { kind: StatusKind; text: string } {
  if (receivers.length === 0) return { kind: 'warning', text: 'No receiver is set up, so nothing is sent to anyone.' }
  const [broken, ...others] = receivers.filter(({ failures, waiting }) => failures > 0 && waiting > 0)
  if (broken?.oldestWaitingAt) {
    const more =
      others.length === 0 ? '' : `, and ${plural(others.length, 'other receiver fails', 'other receivers fail')}`
    return {
      kind: 'bad',
      text: `${broken.name} fails: ${waitText(broken.waiting, broken.oldestWaitingAt, nowMs)}${more}.`,
    }
  }
  const unrouted = kindsWithoutRoute(routes)
  if (unrouted.length > 0) return { kind: 'warning', text: `No route sends ${either(unrouted.map(pluralOfKind))}.` }
  const sum = (of: 'failed' | 'unknown' | 'waiting') => receivers.reduce((total, one) => total + one[of], 0)
  if (sum('failed') + sum('unknown') > 0) {
    return { kind: 'warning', text: `In the last 7 days, ${decideText(sum('failed'), sum('unknown'))}.` }
  }
  const [oldest] = receivers.flatMap(({ oldestWaitingAt }) => oldestWaitingAt ?? []).toSorted()
  if (oldest) return { kind: 'info', text: `${capitalised(waitText(sum('waiting'), oldest, nowMs))}.` }
  return {
    kind: 'good',
    text: `Everything is sent. ${plural(routes.length, 'route leads', 'routes lead')} to ${plural(receivers.length, 'receiver')}.`,
  }
}

// 2. Routes ----------------------------------------------------------------------------------------------------------

export const routeKinds = ['incident', 'change', 'notice'] as const satisfies Route['kinds']
export const routeSeverities = ['page', 'ticket', 'info'] as const satisfies Route['severities']
export const pluralOfKind = (kind: Route['kinds'][number]): string => `${kind}s`

/** The kinds of notifications of which no route sends any. */
export const kindsWithoutRoute = (routes: readonly Route[]) =>
  routeKinds.filter((kind) => !routes.some(({ kinds }) => kinds.length === 0 || kinds.includes(kind)))

/**
 * A route as a sentence: *Incidents of severity page about the SLO freshness of acme go to PagerDuty core-oncall and Slack
 * alerts.*
 */
export function routeSentence(route: Route, receivers: readonly Pick<Receiver, 'id' | 'name' | 'settings'>[]): string {
  const { kinds, severities, slos, tenants } = route
  const what = [
    kinds.length === 0 ? 'Everything' : capitalised(either(kinds.map(pluralOfKind), 'and')),
    ...(severities.length === 0 ? [] : [`of severity ${either(severities)}`]),
    ...(slos.length === 0 ? [] : [`about the ${slos.length === 1 ? 'SLO' : 'SLOs'} ${either(slos)}`]),
    ...(tenants.length === 0 ? [] : [`of ${either(tenants)}`]),
  ].join(' ')
  const to = route.receivers.map((id) => {
    const receiver = receivers.find((one) => one.id === id)
    return receiver ? `${kindNames[receiver.settings.kind]} ${receiver.name}` : 'a receiver that was removed'
  })
  return `${what} ${kinds.length === 0 ? 'goes' : 'go'} to ${either(to, 'and')}.`
}

/** A change of one route, by the name that it has now; `before` is null for a new one, `after` to remove it. */
export type RouteChange = { before: string | null; after: Route | null }

/** Makes a change to routes that somebody else may have changed meanwhile. A route that is gone is added again. */
export function withRouteChange(routes: readonly Route[], { before, after }: RouteChange): Route[] {
  const at = routes.findIndex(({ name }) => name === before)
  if (at < 0) return after ? [...routes, after] : [...routes]
  return routes.toSpliced(at, 1, ...(after ? [after] : []))
}

// 3. Messages --------------------------------------------------------------------------------------------------------

/** A message's state in a few words; `maybeTwice` is said also if it arrived in the end. */
export function messageState({ state, attempts, maybeTwice }: Pick<Message, 'state' | 'attempts' | 'maybeTwice'>): {
  kind: StatusKind
  text: string
} {
  switch (state) {
    case 'sent':
      return maybeTwice ? { kind: 'warning', text: 'sent, may have arrived twice' } : { kind: 'good', text: 'sent' }
    case 'failed':
      return { kind: 'bad', text: 'failed' }
    case 'unknown':
      return { kind: 'warning', text: 'nobody knows whether it arrived' }
    case 'sending':
      return { kind: 'info', text: 'being sent' }
    case 'waiting':
      return attempts === 0
        ? { kind: 'info', text: 'waits' }
        : { kind: 'warning', text: `waits after ${plural(attempts, 'attempt')}` }
  }
}

/** What became of a test: all of its messages, or the worst of them. Null until there is one. */
export function testOutcome(
  messages: readonly Message[],
): { kind: StatusKind; text: string; answer: string | null } | null {
  const [first] = messages
  if (!first) return null
  const worst =
    messages.find(({ state }) => state === 'failed') ??
    messages.find(({ state }) => state === 'unknown') ??
    messages.find(({ state, attempts }) => state === 'waiting' && attempts > 0) ??
    messages.find(({ state }) => state === 'waiting' || state === 'sending') ??
    messages.find(({ maybeTwice }) => maybeTwice) ??
    first
  const { kind } = messageState(worst)
  const { lastAnswer: answer } = worst
  const texts = {
    failed: 'The test failed, and is not tried again.',
    unknown: 'Nobody knows whether the test arrived: its answer was lost. Look there.',
    waiting: worst.attempts > 0 ? 'The test did not arrive yet. It is tried again.' : 'The test waits to be sent.',
    sending: 'The test is being sent.',
    sent: worst.maybeTwice
      ? 'The test arrived, perhaps twice.'
      : 'The test arrived: an incident that opened and resolved.',
  } satisfies Record<Message['state'], string>
  return { kind, answer, text: texts[worst.state] }
}

export const isOnItsWay = ({ state }: Pick<Message, 'state'>): boolean => state === 'waiting' || state === 'sending'

// 4. Faults ----------------------------------------------------------------------------------------------------------

/**
 * What the API says is wrong with an input, by field: `settings.url`. Of a list it is the fault of its first wrong item,
 * under the list's own path.
 */
export function fieldFaults(error: unknown): Partial<Record<string, string>> {
  const { details } = Object(Object(Object(error).data).tickwatch) as { details?: unknown }
  const faults: Record<string, string> = {}
  for (const each of Array.isArray(details) ? details : []) {
    const { path, message } = Object(each) as { path?: unknown; message?: unknown }
    if (!Array.isArray(path) || typeof message !== 'string') continue
    const key = path.filter((part) => typeof part === 'string').join('.')
    faults[key] ??= message
  }
  return faults
}
