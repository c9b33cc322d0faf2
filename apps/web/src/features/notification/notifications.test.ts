import { describe, expect, it } from 'vitest'
import {
  fieldFaults,
  kindsWithoutRoute,
  type Message,
  messageState,
  messagesInput,
  notificationsSentence,
  type Receiver,
  type Route,
  receiverState,
  routeSentence,
  testOutcome,
  withRouteChange,
} from './notifications.ts'

const nowMs = Date.parse('2026-11-29T12:00:00Z')
const ago = (seconds: number) => new Date(nowMs - seconds * 1_000).toISOString()
const receiver = (given: Partial<Receiver> = {}): Receiver => ({
  id: 'a',
  name: 'core-oncall',
  settings: { kind: 'pagerduty', routingKey: 'secretsmanager:arn', webhookSecret: null },
  createdAt: ago(86_400),
  waiting: 0,
  oldestWaitingAt: null,
  waitingAnswer: null,
  failed: 0,
  unknown: 0,
  last: { at: ago(60), state: 'sent', answer: 'It answered 202.' },
  pausedUntil: null,
  failures: 0,
  ...given,
})
const route = (given: Partial<Route> = {}): Route => ({
  ...{ name: 'all', kinds: [], severities: [], slos: [], tenants: [], receivers: ['a'] },
  ...given,
})
const waits = { waiting: 3, oldestWaitingAt: ago(40) }

describe('a receiver', () => {
  it.each<[string, Partial<Receiver>, string, string]>([
    ['that accepted everything', {}, 'good', 'all sent'],
    ['that was never used', { last: null }, 'quiet', 'nothing sent yet'],
    ['that is sent to', waits, 'info', '3 messages wait, the oldest for 40 s'],
    ['with one message', { waiting: 1, oldestWaitingAt: ago(5) }, 'info', '1 message waits, for 5 s'],
    [
      'that fails',
      { ...waits, failures: 2, waitingAnswer: 'It answered 500.', failed: 4 },
      'bad',
      'fails: 3 messages wait, the oldest for 40 s. It answered 500.',
    ],
    ['that failed, and has nothing left', { failures: 2 }, 'good', 'all sent'],
    ['that refused some', { failed: 2 }, 'warning', '2 failed'],
    [
      'whose answers were lost',
      { failed: 1, unknown: 1 },
      'warning',
      '1 failed and of 1 nobody knows whether it arrived',
    ],
  ])('%s shows its state', (_, given, kind, text) => {
    expect(receiverState(receiver(given), nowMs)).toEqual({ kind, text })
  })
})

describe('the sentence of the page', () => {
  const webhook = receiver({ name: 'hook', failures: 1, waiting: 1, oldestWaitingAt: ago(3) })
  it.each<[Receiver[], Route[], string, string]>([
    [[], [], 'warning', 'No receiver is set up, so nothing is sent to anyone.'],
    [[receiver()], [route()], 'good', 'Everything is sent. 1 route leads to 1 receiver.'],
    [[receiver()], [], 'warning', 'No route sends incidents, changes or notices.'],
    [[receiver()], [route({ kinds: ['incident', 'change'] })], 'warning', 'No route sends notices.'],
    [[receiver(waits)], [route()], 'info', '3 messages wait, the oldest for 40 s.'],
    [[receiver({ failed: 1 }), receiver({ unknown: 2 })], [route()], 'warning', 'In the last 7 days, 1 failed and of 2 nobody knows whether they arrived.'], // biome-ignore format: one case
    [[receiver({ ...waits, failures: 1 }), webhook], [], 'bad', 'core-oncall fails: 3 messages wait, the oldest for 40 s, and 1 other receiver fails.'], // biome-ignore format: one case
  ])('says the worst first: %#', (receivers, routes, kind, text) => {
    expect(notificationsSentence(receivers, routes, nowMs)).toEqual({ kind, text })
  })
})

describe('a route', () => {
  const slack = receiver({ id: 'b', name: 'alerts', settings: { kind: 'slack', token: 't', channel: 'C0123456789' } })
  it.each<[Partial<Route>, string]>([
    [{}, 'Everything goes to PagerDuty core-oncall.'],
    [{ kinds: ['incident'], receivers: ['a', 'b'] }, 'Incidents go to PagerDuty core-oncall and Slack alerts.'],
    [
      {
        kinds: ['incident', 'notice'],
        severities: ['page', 'ticket'],
        slos: ['freshness'],
        tenants: ['acme', 'globex'],
      },
      'Incidents and notices of severity page or ticket about the SLO freshness of acme or globex go to PagerDuty core-oncall.',
    ],
    [{ receivers: ['gone'] }, 'Everything goes to a receiver that was removed.'],
  ])('reads as a sentence: %#', (given, text) => {
    expect(routeSentence(route(given), [receiver(), slack])).toBe(text)
  })

  it('is added, changed in its place, and removed', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => route({ name })) as [Route, Route, Route]
    expect(withRouteChange([a], { before: null, after: b })).toEqual([a, b])
    expect(withRouteChange([a, b, c], { before: 'b', after: { ...b, name: 'd' } })).toEqual([a, { ...b, name: 'd' }, c])
    expect(withRouteChange([a, b], { before: 'a', after: null })).toEqual([b])
    // Somebody else removed it meanwhile.
    expect(withRouteChange([a], { before: 'b', after: b })).toEqual([a, b])
    expect(withRouteChange([a], { before: 'b', after: null })).toEqual([a])
  })

  it('is missed for a kind that no route has', () => {
    expect(kindsWithoutRoute([route({ kinds: ['incident'] }), route({ kinds: ['change'] })])).toEqual(['notice'])
  })
})

const message = (given: Partial<Message> = {}): Message => ({
  id: 1,
  receiver: { id: 'a', name: 'core-oncall', kind: 'pagerduty' },
  subject: 'inc-7/1',
  event: 'opened',
  title: 'Freshness of acme burns',
  state: 'sent',
  attempts: 1,
  maybeTwice: false,
  lastAnswer: 'It answered 202.',
  createdAt: ago(5),
  finishedAt: ago(4),
  nextAttemptAt: null,
  needsDecision: false,
  ...given,
})

it.each<[Partial<Message>, string, string]>([
  [{}, 'good', 'sent'],
  [{ maybeTwice: true }, 'warning', 'sent, may have arrived twice'],
  [{ state: 'waiting', attempts: 0 }, 'info', 'waits'],
  [{ state: 'waiting', attempts: 2 }, 'warning', 'waits after 2 attempts'],
  [{ state: 'sending' }, 'info', 'being sent'],
  [{ state: 'failed' }, 'bad', 'failed'],
  [{ state: 'unknown' }, 'warning', 'nobody knows whether it arrived'],
])('a message shows its state: %o', (given, kind, text) => {
  expect(messageState(message(given))).toEqual({ kind, text })
})

describe('a test', () => {
  it.each<[Partial<Message>[], string, string]>([
    [[{}, {}], 'good', 'The test arrived: an incident that opened and resolved.'],
    [[{}, { maybeTwice: true }], 'warning', 'The test arrived, perhaps twice.'],
    [[{ state: 'waiting', attempts: 0 }, {}], 'info', 'The test waits to be sent.'],
    [[{ state: 'waiting', attempts: 1 }, {}], 'warning', 'The test did not arrive yet. It is tried again.'],
    [[{ state: 'sending' }, {}], 'info', 'The test is being sent.'],
    [[{ state: 'waiting', attempts: 1 }, { state: 'failed' }], 'bad', 'The test failed, and is not tried again.'],
    [[{}, { state: 'unknown' }], 'warning', 'Nobody knows whether the test arrived: its answer was lost. Look there.'],
  ])('has the outcome of its worst message: %#', (given, kind, text) => {
    expect(testOutcome(given.map(message))).toMatchObject({ kind, text })
  })
  it('has none before there is a message', () => expect(testOutcome([])).toBeNull())
})

it('shows the API’s faults at their fields', () => {
  const details = [
    { path: ['settings', 'to', 0], message: 'Use an e-mail address.' },
    { path: ['settings', 'to', 1], message: 'Use another.' },
    { path: ['name'], message: 'Use 1 to 63 letters.' },
  ]
  expect(fieldFaults({ data: { tickwatch: { code: 'input-invalid', details } } })).toEqual({
    'settings.to': 'Use an e-mail address.',
    name: 'Use 1 to 63 letters.',
  })
  expect(fieldFaults({ data: { tickwatch: { details: { version: 3 } } } })).toEqual({})
  expect(fieldFaults(new Error('unreachable'))).toEqual({})
})

it('asks for the messages that the URL names', () => {
  const url = (text: string) => messagesInput((key) => new URLSearchParams(text).get(key))
  expect(url('')).toEqual({ show: 'all', cursor: null, pageSize: 20 })
  expect(url('show=undecided&cursor=x')).toEqual({ show: 'undecided', cursor: 'x', pageSize: 20 })
  expect(url('show=other')).toMatchObject({ show: 'all' })
})
