import type { Notification, ReceiverSettings, Route } from './notification.types.ts'

// 1. Routes ----------------------------------------------------------------------------------------------------------

/** What routes match. */
type Matched = Pick<Notification, 'kind' | 'severity' | 'slo' | 'tenantId'>

const matches = <T>(allowed: readonly T[], value: T | null) =>
  allowed.length === 0 || (value !== null && allowed.includes(value))

export const routeMatches = (route: Route, { kind, severity, slo, tenantId }: Matched): boolean =>
  matches(route.kinds, kind) &&
  matches(route.severities, severity) &&
  matches(route.slos, slo) &&
  matches(route.tenants, tenantId)

/** The receivers of all routes that match, each once. */
export const receiversOf = (routes: readonly Route[], about: Matched): string[] => [
  ...new Set(routes.filter((route) => routeMatches(route, about)).flatMap(({ receivers }) => receivers)),
]

/**
 * What these routes would do with notifications, by the same function that routes them.
 * @param nameOf the name of a receiver; null for one that is removed
 */
export const dryRunOf = <T extends Matched>(
  routes: readonly Route[],
  notifications: readonly T[],
  nameOf: (receiverId: string) => string | null,
): (T & { receivers: string[] })[] =>
  notifications.map((told) => ({ ...told, receivers: receiversOf(routes, told).flatMap((id) => nameOf(id) ?? []) }))

/**
 * Which alerts the tried routes would take, and which of the routes as they are take them now.
 * @param alerts each as an incident of it alone is told
 */
export const alertDryRunOf = <T extends Matched>(
  tried: readonly Route[],
  now: readonly Route[],
  alerts: readonly T[],
): (T & { fits: boolean; takenBy: string[] })[] =>
  alerts.map((alert) => ({
    ...alert,
    fits: tried.some((route) => routeMatches(route, alert)),
    takenBy: now.filter((route) => routeMatches(route, alert)).map(({ name }) => name),
  }))

// 2. Storms ----------------------------------------------------------------------------------------------------------

/** If more incidents open at a receiver within a minute, the others share one thread, which says how many they are. */
export const ownThreadsAMinute = 10
export const stormMs = 60_000

/**
 * Where an incident that opens is told: in a thread of its own, in the storm that runs, or in a new storm.
 * @param opened how many threads of single incidents opened within the last minute
 * @param stormRuns an incident joined a storm within the last minute
 */
export function threadFor(opened: number, stormRuns: boolean): 'own' | 'storm' | 'new storm' {
  if (stormRuns) return 'storm'
  return opened < ownThreadsAMinute ? 'own' : 'new storm'
}

// 3. Answers ---------------------------------------------------------------------------------------------------------

/** What became of one request to a receiver. */
export type Answer =
  | { kind: 'accepted'; text: string }
  /** It was not sent, for example because nothing listens or the key can't be read. */
  | { kind: 'unsent'; text: string }
  /** The receiver says that it can't now. `retryAfterSeconds` is null if it does not say when. */
  | { kind: 'limited'; text: string; retryAfterSeconds: number | null }
  /** The receiver failed, and says so. */
  | { kind: 'failed'; text: string }
  /** The receiver refuses this message. */
  | { kind: 'refused'; text: string }
  /** The message was sent, and no answer came: nobody knows whether the receiver has it. */
  | { kind: 'lost'; text: string }

/** How often a message's answer may be lost at a receiver that can't recognise a repetition. */
export const lostAnswersMax = 2
/** A message that could not be sent for so long is given up. */
export const giveUpAfterMs = 3 * 86_400_000

export type Outcome = { state: 'sent' | 'waiting' | 'failed' | 'unknown'; lostAnswers: number; lastAnswer: string }

/**
 * What becomes of a message after one attempt.
 * @param recognises the receiver ignores a repetition, so a lost answer does no harm
 */
export function outcomeOf(
  message: { lostAnswers: number; oldest: Date },
  answer: Answer,
  recognises: boolean,
  now: Date,
): Outcome {
  const { lostAnswers } = message
  const lastAnswer = answer.text.slice(0, 500)
  if (answer.kind === 'accepted') return { state: 'sent', lostAnswers, lastAnswer }
  if (answer.kind === 'refused') return { state: 'failed', lostAnswers, lastAnswer }
  if (answer.kind === 'lost' && !recognises) {
    const lost = lostAnswers + 1
    return { state: lost >= lostAnswersMax ? 'unknown' : 'waiting', lostAnswers: lost, lastAnswer }
  }
  if (now.getTime() - message.oldest.getTime() > giveUpAfterMs) {
    return { state: 'failed', lostAnswers, lastAnswer: `Given up after 3 days. ${lastAnswer}` }
  }
  return { state: 'waiting', lostAnswers, lastAnswer }
}

/** How long it waits after a request: to the same receiver, in the same thread, and in a storm, which changes all the time. */
export const paces = {
  // About 120 a minute for each integration key.
  pagerduty: { requestMs: 600, threadMs: 600, stormMs: 5_000 },
  // One a second for each channel, and 50 a minute for chat.update.
  slack: { requestMs: 1_250, threadMs: 2_500, stormMs: 2_500 },
  webhook: { requestMs: 100, threadMs: 100, stormMs: 1_000 },
  // A mailbox is read by people.
  email: { requestMs: 2_000, threadMs: 10_000, stormMs: 60_000 },
} as const satisfies Record<ReceiverSettings['kind'], { requestMs: number; threadMs: number; stormMs: number }>

const backOffMs = { first: 1_000, max: 300_000 }
/** A poor message must not stop the others for longer. */
const receiverBackOffMsMax = 30_000
const limitedMs = 30_000
const limitedMsMax = 3_600_000

export type NextTimes = {
  /** When the thread may be sent again. */
  threadAt: Date
  /** When the receiver may be sent anything. */
  receiverAt: Date
  /** How many sends to the receiver failed since the last one that it accepted. */
  failures: number
}

/**
 * When the thread and the receiver may be sent to again.
 * @param attempts of the thread's oldest message, with this one
 * @param failures of the receiver, before this attempt
 */
export function nextTimes(
  kind: ReceiverSettings['kind'],
  answer: Answer,
  before: { attempts: number; failures: number; isStorm: boolean },
  now: Date,
): NextTimes {
  const at = (ms: number) => new Date(now.getTime() + ms)
  const { requestMs, threadMs, stormMs } = paces[kind]
  if (answer.kind === 'accepted')
    return { threadAt: at(before.isStorm ? stormMs : threadMs), receiverAt: at(requestMs), failures: 0 }
  // It answered, so it works: only this message is wrong.
  if (answer.kind === 'refused') return { threadAt: at(0), receiverAt: at(requestMs), failures: 0 }
  const failures = before.failures + 1
  if (answer.kind === 'limited') {
    const { retryAfterSeconds } = answer
    const ms =
      retryAfterSeconds === null ? limitedMs : Math.min(Math.max(retryAfterSeconds * 1_000, requestMs), limitedMsMax)
    return { threadAt: at(ms), receiverAt: at(ms), failures }
  }
  const threadBackOff = doubled(before.attempts, backOffMs.max)
  return {
    threadAt: at(Math.max(threadBackOff, requestMs)),
    receiverAt: at(Math.max(Math.min(doubled(failures, receiverBackOffMsMax), threadBackOff), requestMs)),
    failures,
  }
}

const doubled = (times: number, max: number) =>
  Math.min(backOffMs.first * 2 ** Math.min(Math.max(times - 1, 0), 20), max)
