// What is queued reaches servers that speak the receivers' protocols and check what they get.
import { type Database, openDatabase } from '@tickwatch/db'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Receivers, slackChannel, startReceivers } from '../../../../../local/src/parts/receivers/receivers.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { createMemorySecrets } from '../../testing/memoryAws.ts'
import { createTestOutbox, newsOf } from '../../testing/outbox.ts'
import type { Answer } from './notification.rules.ts'
import type { ReceiverSettings } from './notification.types.ts'
import { contentOf } from './sending/content.ts'
import { createSend, type Send } from './sending/send.ts'

const urls = useTestDatabase()
const keys = {
  pagerDutyRoutingKey: 'r'.repeat(32),
  pagerDutyWebhookSecret: 'hook',
  slackToken: 'xoxb-test',
  webhookSecret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  mail: { user: 'tickwatch', pass: 'secret' },
}
const secrets = createMemorySecrets()
const settings = {
  pagerduty: { kind: 'pagerduty', routingKey: secrets.set('pd', keys.pagerDutyRoutingKey), webhookSecret: null },
  slack: { kind: 'slack', token: secrets.set('slack', keys.slackToken), channel: slackChannel },
  webhook: { kind: 'webhook', url: 'http://127.0.0.1', secret: secrets.set('hook', keys.webhookSecret) },
  email: { kind: 'email', to: ['on-call@example.com'] },
} as const satisfies Record<string, ReceiverSettings | object>
const mailSecret = secrets.set('mail', JSON.stringify(keys.mail))

let db: Database
let servers: Receivers
let send: Send
let box: ReturnType<typeof createTestOutbox>

beforeAll(async () => {
  db = openDatabase(urls)
})
afterAll(() => db.close())
beforeEach(async () => {
  servers = await startReceivers({ port: 0, smtpPort: 0, keys, pagerDutyWebhookUrl: 'http://127.0.0.1:9' })
  send = createSend({
    ...{ secrets: secrets.store, portalUrl: 'https://tickwatch.example', pagerDutyUrl: servers.pagerDutyUrl },
    slackUrl: servers.slackUrl,
    mail: { url: servers.smtpUrl, from: 'tickwatch@example.com', secret: mailSecret },
  })
  box = createTestOutbox(db)
  secrets.state.away = false
  return () => servers.stop()
})

const receiver = (kind: keyof typeof settings) =>
  box.receiver(
    kind === 'webhook' ? { ...settings.webhook, url: servers.webhookUrl } : (settings[kind] as ReceiverSettings),
  )
const states = async (id: string) => (await box.messages(id)).map(({ state }) => state)
const whats = () => servers.inbox.kept.map(({ what }) => what)
const roots = () => servers.slack.messages.filter(({ threadTs }) => threadTs === null)

describe('PagerDuty', () => {
  it('gets trigger, acknowledge and resolve under one key, with a link back', async () => {
    const id = await receiver('pagerduty')
    for (const event of ['opened', 'acknowledged', 'resolved'] as const) {
      await box.queue(newsOf('inc-7/1', event, { by: event === 'acknowledged' ? 'Mara' : null }))
      await box.run(id, send)
    }
    expect(whats()).toEqual(['trigger test/inc-7/1', 'acknowledge test/inc-7/1', 'resolve test/inc-7/1'])
    expect(servers.inbox.kept[0]?.body).toMatchObject({
      client_url: 'https://tickwatch.example/incidents/7',
      links: [{ href: 'https://tickwatch.example/incidents/7' }],
      payload: { severity: 'critical', component: 'freshness', source: 'acme' },
    })
    expect(await states(id)).toEqual(['sent', 'sent', 'sent'])
    expect(servers.inbox.refused).toEqual([])
  })

  it('gets the trigger first, also if all waited for it to come back', async () => {
    const id = await receiver('pagerduty')
    servers.inbox.fail('pagerduty', { answer: 500 }, { answer: 500 })
    await box.queue(newsOf('inc-8/1', 'opened'))
    await box.run(id, send, 1)
    await box.queue(newsOf('inc-8/1', 'acknowledged'), newsOf('inc-8/1', 'resolved'))
    await box.run(id, send)
    expect(whats()).toEqual(['trigger test/inc-8/1', 'resolve test/inc-8/1'])
    expect(servers.pagerDuty.incidents).toMatchObject([{ state: 'resolved' }])
  })

  it('opens another incident for each episode, and a late resolve of the first leaves the second open', async () => {
    const id = await receiver('pagerduty')
    await box.queue(newsOf('inc-9/1', 'opened'))
    await box.run(id, send)
    // Its answer is lost, so it is sent again after the second episode began.
    servers.inbox.fail('pagerduty', { answer: 'lost' })
    box.pass(10_000)
    await box.queue(newsOf('inc-9/1', 'resolved'))
    await box.run(id, send, 1)
    await box.queue(newsOf('inc-9/2', 'opened'))
    await box.run(id, send)
    expect(servers.pagerDuty.incidents.map(({ key, state }) => `${key} ${state}`)).toEqual([
      'test/inc-9/1 resolved',
      'test/inc-9/2 triggered',
    ])
    const messages = await box.messages(id)
    expect(messages.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(['sent 1', 'sent 2', 'sent 1'])
  })

  it('is never told of anything without an identifier: it would merge strangers', async () => {
    const id = await receiver('pagerduty')
    for (const subject of ['', ' ']) await expect(box.queue(newsOf(subject, 'opened'))).rejects.toThrow(RangeError)
    expect(await box.messages(id)).toEqual([])
  })

  it('gets a change as a change event', async () => {
    const id = await receiver('pagerduty')
    await box.queue(newsOf('change/acme/quota/2', 'told', { kind: 'change', title: 'Limits of acme' }))
    await box.run(id, send)
    expect(servers.inbox.kept).toMatchObject([{ what: 'change', title: 'Limits of acme' }])
    expect(servers.pagerDuty.incidents).toEqual([])
  })

  it('is sent nothing before the end of its Retry-After, and then everything', async () => {
    const id = await receiver('pagerduty')
    servers.inbox.fail('pagerduty', { answer: 429, retryAfterSeconds: 90 })
    await box.queue(newsOf('inc-10/1', 'opened'), newsOf('inc-11/1', 'opened'))
    expect(await box.run(id, send, 60_000)).toBe(1)
    await box.queue(newsOf('inc-14/1', 'opened'))
    expect(await box.run(id, send, 20_000)).toBe(0)
    expect(await states(id)).toEqual(['waiting', 'waiting', 'waiting'])
    await box.run(id, send)
    expect(await states(id)).toEqual(['sent', 'sent', 'sent'])
  })

  it('that refuses a message gets the next ones, and the refusal is kept', async () => {
    const id = await box.receiver({ ...settings.pagerduty, routingKey: secrets.set('wrong', 'w'.repeat(32)) })
    await box.queue(newsOf('inc-12/1', 'opened'))
    expect(await box.run(id, send)).toBe(1)
    const [message] = await box.messages(id)
    expect(message).toMatchObject({ state: 'failed', attempts: 1, nextAttemptAt: null })
    expect(message?.lastAnswer).toContain('routing_key is not known')
  })

  it('gets what was queued while its key could not be read', async () => {
    const id = await receiver('pagerduty')
    secrets.state.away = true
    await box.queue(newsOf('inc-13/1', 'opened'))
    await box.run(id, send, 10_000)
    expect(await box.messages(id)).toMatchObject([
      { state: 'waiting', lastAnswer: expect.stringContaining('Secrets Manager') },
    ])
    secrets.state.away = false
    await box.run(id, send)
    expect(await states(id)).toEqual(['sent'])
  })
})

describe('Slack', () => {
  it('gets a message that shows the newest state, and what happened in its thread', async () => {
    const id = await receiver('slack')
    await box.queue(newsOf('inc-20/1', 'opened', { title: 'Freshness <of> acme & co' }))
    await box.run(id, send)
    await box.queue(newsOf('inc-20/1', 'acknowledged', { by: 'Mara' }))
    await box.run(id, send)
    const [root, reply] = servers.slack.messages
    expect(root).toMatchObject({ threadTs: null, edits: 1, text: expect.stringContaining('🟡 *Acknowledged: ') })
    expect(root?.text).toContain('<https://tickwatch.example/incidents/7|Open in Tickwatch>')
    expect(reply).toMatchObject({ threadTs: root?.ts, text: expect.stringContaining('Acknowledged by Mara') })
    expect(servers.inbox.refused).toEqual([])
  })

  it('gets at most one more message if an answer was lost, and that is marked', async () => {
    const id = await receiver('slack')
    servers.inbox.fail('slack', { answer: 'lost' })
    await box.queue(newsOf('inc-21/1', 'opened'))
    await box.run(id, send)
    expect(roots()).toHaveLength(2)
    expect(await box.messages(id)).toMatchObject([{ state: 'sent', attempts: 2, lostAnswers: 1 }])
  })

  it('gets no third message if the answer is lost twice, and nobody claims to know', async () => {
    const id = await receiver('slack')
    servers.inbox.fail('slack', { answer: 'lost' })
    await box.queue(newsOf('inc-22/1', 'opened'))
    await box.run(id, send, 1)
    // The call without effect that asks whether Slack answers now, and the message.
    servers.inbox.fail('slack', { answer: 500 })
    await box.run(id, send, 1_500)
    expect(roots()).toHaveLength(1)
    const hanging: Send = async (...about) => {
      await send(...about)
      return { answer: { kind: 'lost', text: 'Its answer was lost.' } }
    }
    await box.run(id, hanging)
    expect(roots()).toHaveLength(2)
    expect(await box.messages(id)).toMatchObject([{ state: 'unknown', lostAnswers: 2 }])
  })

  it('gets another message if somebody deleted the first', async () => {
    const id = await receiver('slack')
    await box.queue(newsOf('inc-23/1', 'opened'))
    await box.run(id, send)
    servers.slack.messages.length = 0
    await box.queue(newsOf('inc-23/1', 'resolved'))
    await box.run(id, send)
    expect(roots()).toMatchObject([{ text: expect.stringContaining('🟢 *Resolved: ') }])
    expect(await states(id)).toEqual(['sent', 'sent'])
  })

  it('gets 300 news of an incident within a minute as one message that is edited at most 50 times', async () => {
    const id = await receiver('slack')
    await box.queue(newsOf('inc-24/1', 'opened'))
    for (let i = 0; i < 60; i += 1) {
      const news = Array.from({ length: 5 }, (_, n) => newsOf('inc-24/1', 'updated', { title: `alert ${i * 5 + n}` }))
      await box.queue(...news)
      await box.run(id, send, 1_000)
    }
    await box.run(id, send)
    expect(roots()).toHaveLength(1)
    expect(roots()[0]?.edits).toBeLessThanOrEqual(50)
    expect(roots()[0]?.text).toContain('alert 299')
    expect(new Set(await states(id))).toEqual(new Set(['sent']))
  })
})

it.each([
  ['slack', 10_000],
  ['pagerduty', 2_000],
] as const)(
  '%s gets few messages about %i incidents that open within a minute, and all are told resolved',
  async (kind, count) => {
    const id = await receiver(kind)
    const subjects = Array.from({ length: count }, (_, i) => `inc-${kind}-${i}/1`)
    for (let i = 0; i < 10; i += 1) {
      const some = subjects.slice((i * count) / 10, ((i + 1) * count) / 10)
      await box.queue(...some.map((subject) => newsOf(subject, 'opened')))
      await box.run(id, send, 5_000)
    }
    await box.run(id, send)
    expect(servers.inbox.kept.length).toBeLessThan(40)
    expect(servers.inbox.refused).toEqual([])
    await box.queue(...subjects.map((subject) => newsOf(subject, 'resolved')))
    await box.run(id, send)
    expect(servers.inbox.kept.length).toBeLessThan(60)
    if (kind === 'pagerduty') {
      expect(servers.pagerDuty.incidents).toHaveLength(11)
      expect(servers.pagerDuty.incidents.every(({ state }) => state === 'resolved')).toBe(true)
    } else {
      expect(roots()).toHaveLength(11)
      expect(roots().at(-1)?.text).toContain(`Resolved: 0 of ${count - 10} incidents are open`)
    }
  },
)

describe('a webhook', () => {
  it('gets signed events, each once also if the answer was lost', async () => {
    const id = await receiver('webhook')
    servers.inbox.fail('webhook', { answer: 'lost' }, { answer: 500 })
    await box.queue(newsOf('inc-30/1', 'opened'))
    await box.run(id, send, 1)
    await box.queue(newsOf('inc-30/1', 'resolved'))
    await box.run(id, send)
    expect(whats()).toEqual(['opened inc-30/1', 'resolved inc-30/1'])
    expect(servers.inbox.refused).toEqual([])
    expect(await box.messages(id)).toMatchObject([
      { state: 'sent', attempts: 3 },
      { state: 'sent', attempts: 2 },
    ])
  })

  it('whose secret is wrong gets nothing, and the reason does not quote it', async () => {
    const id = await box.receiver({
      ...settings.webhook,
      url: servers.webhookUrl,
      secret: secrets.set('bad', 'whsec_c2hvcnQ='),
    })
    await box.queue(newsOf('inc-31/1', 'opened'))
    await box.run(id, send, 1)
    const [message] = await box.messages(id)
    expect(message).toMatchObject({
      state: 'waiting',
      lastAnswer: expect.stringContaining('Its secret must be whsec_'),
    })
    expect(message?.lastAnswer).not.toContain('c2hvcnQ')
  })
})

describe('a mail', () => {
  it('answers the first one of its thread, after the server asked to try again', async () => {
    const id = await receiver('email')
    servers.inbox.fail('mail', { answer: 429 }, { answer: 500 })
    await box.queue(newsOf('inc-40/1', 'opened', { title: 'Größe ✓ of acme' }))
    await box.run(id, send)
    await box.queue(newsOf('inc-40/1', 'resolved'))
    await box.run(id, send)
    const [first, second] = servers.mails
    expect(first?.headers.subject).toBe('[Tickwatch] Open: Größe ✓ of acme')
    expect(first?.text).toContain('https://tickwatch.example/incidents/7')
    expect(second?.headers).toMatchObject({
      'in-reply-to': first?.headers['message-id'],
      'auto-submitted': 'auto-generated',
    })
    expect(servers.mails).toHaveLength(2)
  })

  it('whose answer was lost is sent once more with the same Message-ID, and is marked', async () => {
    const id = await receiver('email')
    servers.inbox.fail('mail', { answer: 'lost' })
    await box.queue(newsOf('inc-41/1', 'opened'))
    await box.run(id, send)
    expect(servers.mails).toHaveLength(2)
    expect(new Set(servers.mails.map(({ headers }) => headers['message-id'])).size).toBe(1)
    expect(await box.messages(id)).toMatchObject([{ state: 'sent', lostAnswers: 1 }])
  })

  it('to a mailbox that does not exist is final', async () => {
    const id = await box.receiver({ kind: 'email', to: ['nobody@example.com'] })
    await box.queue(newsOf('inc-42/1', 'opened'))
    await box.run(id, send)
    expect(await box.messages(id)).toMatchObject([
      { state: 'failed', lastAnswer: expect.stringContaining('no such mailbox') },
    ])
  })
})

describe('a process that is killed between sending and storing the answer', () => {
  it.each([
    ['pagerduty', 1, 0],
    ['webhook', 1, 0],
    ['slack', 2, 1],
    ['email', 2, 1],
  ] as const)('loses nothing: %s has %i', async (kind, had, lost) => {
    const id = await receiver(kind)
    await box.queue(newsOf(`inc-50-${kind}/1`, 'opened'))
    await box.killedAfterSending(id, send)
    await box.run(id, send)
    const { incidents } = servers.pagerDuty
    expect(kind === 'pagerduty' ? incidents.length : servers.inbox.kept.length).toBe(had)
    expect(await box.messages(id)).toMatchObject([{ state: 'sent', attempts: 2, lostAnswers: lost }])
  })
})

describe('what a person sends again', () => {
  it('reaches PagerDuty as it happened: the trigger first, also if it refused all of it', async () => {
    const routingKey = secrets.set('later', 'w'.repeat(32))
    const id = await box.receiver({ ...settings.pagerduty, routingKey })
    await box.queue(newsOf('inc-70/1', 'opened'))
    await box.run(id, send)
    await box.queue(newsOf('inc-70/1', 'acknowledged'))
    await box.run(id, send)
    expect(await states(id)).toEqual(['failed', 'failed'])
    secrets.set('later', keys.pagerDutyRoutingKey)
    expect(await box.sendAgain(id)).toBe(2)
    await box.run(id, send)
    expect(whats()).toEqual(['trigger test/inc-70/1', 'acknowledge test/inc-70/1'])
    expect(servers.pagerDuty.incidents).toMatchObject([{ state: 'acknowledged' }])
    expect(await states(id)).toEqual(['sent', 'sent'])
  })

  it('includes what was sent after it, so that the receiver ends with the newest state', async () => {
    const id = await receiver('slack')
    const lost: Send = async () => ({ answer: { kind: 'lost', text: 'Its answer was lost.' } })
    await box.queue(newsOf('inc-71/1', 'opened'))
    await box.run(id, lost)
    await box.queue(newsOf('inc-71/1', 'resolved'))
    await box.run(id, send)
    expect(await states(id)).toEqual(['unknown', 'sent'])
    expect(await box.sendAgain(id)).toBe(2)
    await box.run(id, send)
    expect(roots()).toMatchObject([{ text: expect.stringContaining('🟢 *Resolved: ') }])
    expect(await box.messages(id)).toMatchObject([{ state: 'sent', lostAnswers: 2 }, { state: 'sent' }])
    expect(await box.sendAgain(id)).toBe(0)
  })

  it('waits while another message of the thread is being sent', async () => {
    const id = await receiver('webhook')
    await box.queue(newsOf('inc-72/1', 'opened'))
    await box.run(id, async () => ({ answer: { kind: 'refused', text: 'It answered 400.' } }))
    await box.queue(newsOf('inc-72/1', 'resolved'))
    let again = -1
    await box.run(id, async (...about) => {
      again = await box.sendAgain(id)
      return send(...about)
    })
    expect(again).toBe(0)
    expect(await states(id)).toEqual(['failed', 'sent'])
  })
})

const answers: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Answer>({ kind: 'accepted', text: 'ok' }) },
  fc.constantFrom<Answer>(
    { kind: 'limited', text: '429', retryAfterSeconds: 3 },
    { kind: 'failed', text: '500' },
    { kind: 'lost', text: 'lost' },
    { kind: 'unsent', text: 'refused' },
  ),
)

it('whatever receivers answer, news of an incident arrive in order, and the last state is right', async () => {
  const run = fc.record({
    kind: fc.constantFrom('pagerduty', 'slack', 'webhook', 'email'),
    // After each of these it sends for some seconds.
    later: fc.array(fc.constantFrom('updated', 'acknowledged', 'updated', 'resolved'), { maxLength: 6 }),
    seconds: fc.integer({ min: 0, max: 20 }),
    answers: fc.array(answers, { maxLength: 25 }),
  })
  let runs = 0
  const property = fc.asyncProperty(run, async ({ kind, later, seconds, answers }) => {
    runs += 1
    const subject = `inc-60-${runs}/1`
    const id = await receiver(kind as keyof typeof settings)
    const script = [...answers]
    const arrived: number[] = []
    let lastState = ''
    const scripted: Send = async (_settings, batch) => {
      const answer = script.shift() ?? { kind: 'accepted', text: 'ok' }
      if (answer.kind === 'accepted' || answer.kind === 'lost') {
        arrived.push(batch.lastId)
        lastState = contentOf(batch, '').state
      }
      return { answer }
    }
    for (const event of ['opened', ...later] as const) {
      await box.queue(newsOf(subject, event))
      await box.run(id, scripted, seconds * 1_000)
    }
    // Longer than a message may wait after a failure.
    await box.run(id, scripted, 2 * 86_400_000)
    const messages = await box.messages(id)
    expect(messages.every(({ state }) => state === 'sent' || state === 'unknown')).toBe(true)
    expect(arrived).toEqual(arrived.toSorted((a, b) => a - b))
    if (messages.at(-1)?.state === 'sent') expect(arrived.at(-1)).toBe(messages.at(-1)?.id)
    const recognises = kind === 'pagerduty' || kind === 'webhook'
    for (const { lostAnswers } of messages) expect(lostAnswers).toBeLessThanOrEqual(recognises ? 0 : 2)
    const decisive = ['opened', ...later].findLast((event) => event !== 'updated')
    const state = { opened: 'open', acknowledged: 'acknowledged', resolved: 'resolved' }[String(decisive)]
    expect(lastState).toBe(state)
  })
  await fc.assert(property, { numRuns: 25 })
})
