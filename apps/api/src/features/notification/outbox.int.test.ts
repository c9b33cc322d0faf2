// What is queued reaches servers that speak the receivers' protocols and check what they get.
import { describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { useReceivers } from '../../../../../local/src/testing/useReceivers.ts'
import { newsOf } from '../../testing/outbox.ts'
import type { Send } from './sending/send.ts'

const at = useReceivers(useTestDatabase())

describe('PagerDuty', () => {
  it('gets trigger, acknowledge and resolve under one key, with a link back', async () => {
    const id = await at.receiver('pagerduty')
    for (const event of ['opened', 'acknowledged', 'resolved'] as const) {
      await at.box.queue(newsOf('inc-7/1', event, { by: event === 'acknowledged' ? 'Mara' : null }))
      await at.box.run(id, at.send)
    }
    expect(at.whats()).toEqual(['trigger test/inc-7/1', 'acknowledge test/inc-7/1', 'resolve test/inc-7/1'])
    expect(at.servers.inbox.kept[0]?.body).toMatchObject({
      client_url: 'https://tickwatch.example/incidents/7',
      links: [{ href: 'https://tickwatch.example/incidents/7' }],
      payload: { severity: 'critical', component: 'freshness', source: 'acme' },
    })
    expect(await at.states(id)).toEqual(['sent', 'sent', 'sent'])
    expect(at.servers.inbox.refused).toEqual([])
  })

  it('gets the trigger first, also if all waited for it to come back', async () => {
    const id = await at.receiver('pagerduty')
    at.servers.inbox.fail('pagerduty', { answer: 500 }, { answer: 500 })
    await at.box.queue(newsOf('inc-8/1', 'opened'))
    await at.box.run(id, at.send, 1)
    await at.box.queue(newsOf('inc-8/1', 'acknowledged'), newsOf('inc-8/1', 'resolved'))
    await at.box.run(id, at.send)
    expect(at.whats()).toEqual(['trigger test/inc-8/1', 'resolve test/inc-8/1'])
    expect(at.servers.pagerDuty.incidents).toMatchObject([{ state: 'resolved' }])
  })

  it('opens another incident for each episode, and a late resolve of the first leaves the second open', async () => {
    const id = await at.receiver('pagerduty')
    await at.box.queue(newsOf('inc-9/1', 'opened'))
    await at.box.run(id, at.send)
    // Its answer is lost, so it is sent again after the second episode began.
    at.servers.inbox.fail('pagerduty', { answer: 'lost' })
    at.box.pass(10_000)
    await at.box.queue(newsOf('inc-9/1', 'resolved'))
    await at.box.run(id, at.send, 1)
    await at.box.queue(newsOf('inc-9/2', 'opened'))
    await at.box.run(id, at.send)
    expect(at.servers.pagerDuty.incidents.map(({ key, state }) => `${key} ${state}`)).toEqual([
      'test/inc-9/1 resolved',
      'test/inc-9/2 triggered',
    ])
    const messages = await at.box.messages(id)
    expect(messages.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(['sent 1', 'sent 2', 'sent 1'])
  })

  it('is never told of anything without an identifier: it would merge strangers', async () => {
    const id = await at.receiver('pagerduty')
    for (const subject of ['', ' ']) await expect(at.box.queue(newsOf(subject, 'opened'))).rejects.toThrow(RangeError)
    expect(await at.box.messages(id)).toEqual([])
  })

  it('gets a change as a change event', async () => {
    const id = await at.receiver('pagerduty')
    await at.box.queue(newsOf('change/acme/quota/2', 'told', { kind: 'change', title: 'Limits of acme' }))
    await at.box.run(id, at.send)
    expect(at.servers.inbox.kept).toMatchObject([{ what: 'change', title: 'Limits of acme' }])
    expect(at.servers.pagerDuty.incidents).toEqual([])
  })

  it('is sent nothing before the end of its Retry-After, and then everything', async () => {
    const id = await at.receiver('pagerduty')
    at.servers.inbox.fail('pagerduty', { answer: 429, retryAfterSeconds: 90 })
    await at.box.queue(newsOf('inc-10/1', 'opened'), newsOf('inc-11/1', 'opened'))
    expect(await at.box.run(id, at.send, 60_000)).toBe(1)
    await at.box.queue(newsOf('inc-14/1', 'opened'))
    expect(await at.box.run(id, at.send, 20_000)).toBe(0)
    expect(await at.states(id)).toEqual(['waiting', 'waiting', 'waiting'])
    await at.box.run(id, at.send)
    expect(await at.states(id)).toEqual(['sent', 'sent', 'sent'])
  })

  it('that refuses a message gets the next ones, and the refusal is kept', async () => {
    const id = await at.box.receiver({ ...at.settings.pagerduty, routingKey: at.secrets.set('wrong', 'w'.repeat(32)) })
    await at.box.queue(newsOf('inc-12/1', 'opened'))
    expect(await at.box.run(id, at.send)).toBe(1)
    const [message] = await at.box.messages(id)
    expect(message).toMatchObject({ state: 'failed', attempts: 1, nextAttemptAt: null })
    expect(message?.lastAnswer).toContain('routing_key is not known')
  })

  it('gets what was queued while its key could not be read', async () => {
    const id = await at.receiver('pagerduty')
    at.secrets.state.away = true
    await at.box.queue(newsOf('inc-13/1', 'opened'))
    await at.box.run(id, at.send, 10_000)
    expect(await at.box.messages(id)).toMatchObject([
      { state: 'waiting', lastAnswer: expect.stringContaining('Secrets Manager') },
    ])
    at.secrets.state.away = false
    await at.box.run(id, at.send)
    expect(await at.states(id)).toEqual(['sent'])
  })
})

describe('Slack', () => {
  it('gets a message that shows the newest state, and what happened in its thread', async () => {
    const id = await at.receiver('slack')
    await at.box.queue(newsOf('inc-20/1', 'opened', { title: 'Freshness <of> acme & co' }))
    await at.box.run(id, at.send)
    await at.box.queue(newsOf('inc-20/1', 'acknowledged', { by: 'Mara' }))
    await at.box.run(id, at.send)
    const [root, reply] = at.servers.slack.messages
    expect(root).toMatchObject({ threadTs: null, edits: 1, text: expect.stringContaining('🟡 *Acknowledged: ') })
    expect(root?.text).toContain('<https://tickwatch.example/incidents/7|Open in Tickwatch>')
    expect(reply).toMatchObject({ threadTs: root?.ts, text: expect.stringContaining('Acknowledged by Mara') })
    expect(at.servers.inbox.refused).toEqual([])
  })

  it('gets at most one more message if an answer was lost, and that is marked', async () => {
    const id = await at.receiver('slack')
    at.servers.inbox.fail('slack', { answer: 'lost' })
    await at.box.queue(newsOf('inc-21/1', 'opened'))
    await at.box.run(id, at.send)
    expect(at.roots()).toHaveLength(2)
    expect(await at.box.messages(id)).toMatchObject([{ state: 'sent', attempts: 2, lostAnswers: 1 }])
  })

  it('gets no third message if the answer is lost twice, and nobody claims to know', async () => {
    const id = await at.receiver('slack')
    at.servers.inbox.fail('slack', { answer: 'lost' })
    await at.box.queue(newsOf('inc-22/1', 'opened'))
    await at.box.run(id, at.send, 1)
    // The call without effect that asks whether Slack answers now, and the message.
    at.servers.inbox.fail('slack', { answer: 500 })
    await at.box.run(id, at.send, 1_500)
    expect(at.roots()).toHaveLength(1)
    const hanging: Send = async (...about) => {
      await at.send(...about)
      return { answer: { kind: 'lost', text: 'Its answer was lost.' } }
    }
    await at.box.run(id, hanging)
    expect(at.roots()).toHaveLength(2)
    expect(await at.box.messages(id)).toMatchObject([{ state: 'unknown', lostAnswers: 2 }])
  })

  it('gets another message if somebody deleted the first', async () => {
    const id = await at.receiver('slack')
    await at.box.queue(newsOf('inc-23/1', 'opened'))
    await at.box.run(id, at.send)
    at.servers.slack.messages.length = 0
    await at.box.queue(newsOf('inc-23/1', 'resolved'))
    await at.box.run(id, at.send)
    expect(at.roots()).toMatchObject([{ text: expect.stringContaining('🟢 *Resolved: ') }])
    expect(await at.states(id)).toEqual(['sent', 'sent'])
  })

  it('gets 300 news of an incident within a minute as one message that is edited at most 50 times', async () => {
    const id = await at.receiver('slack')
    await at.box.queue(newsOf('inc-24/1', 'opened'))
    for (let i = 0; i < 60; i += 1) {
      const news = Array.from({ length: 5 }, (_, n) => newsOf('inc-24/1', 'updated', { title: `alert ${i * 5 + n}` }))
      await at.box.queue(...news)
      await at.box.run(id, at.send, 1_000)
    }
    await at.box.run(id, at.send)
    expect(at.roots()).toHaveLength(1)
    expect(at.roots()[0]?.edits).toBeLessThanOrEqual(50)
    expect(at.roots()[0]?.text).toContain('alert 299')
    expect(new Set(await at.states(id))).toEqual(new Set(['sent']))
  })
})

describe('a webhook', () => {
  it('gets signed events, each once also if the answer was lost', async () => {
    const id = await at.receiver('webhook')
    at.servers.inbox.fail('webhook', { answer: 'lost' }, { answer: 500 })
    await at.box.queue(newsOf('inc-30/1', 'opened'))
    await at.box.run(id, at.send, 1)
    await at.box.queue(newsOf('inc-30/1', 'resolved'))
    await at.box.run(id, at.send)
    expect(at.whats()).toEqual(['opened inc-30/1', 'resolved inc-30/1'])
    expect(at.servers.inbox.refused).toEqual([])
    expect(await at.box.messages(id)).toMatchObject([
      { state: 'sent', attempts: 3 },
      { state: 'sent', attempts: 2 },
    ])
  })

  it('whose secret is wrong gets nothing, and the reason does not quote it', async () => {
    const id = await at.box.receiver({
      ...at.settings.webhook,
      url: at.servers.webhookUrl,
      secret: at.secrets.set('bad', 'whsec_c2hvcnQ='),
    })
    await at.box.queue(newsOf('inc-31/1', 'opened'))
    await at.box.run(id, at.send, 1)
    const [message] = await at.box.messages(id)
    expect(message).toMatchObject({
      state: 'waiting',
      lastAnswer: expect.stringContaining('Its secret must be whsec_'),
    })
    expect(message?.lastAnswer).not.toContain('c2hvcnQ')
  })
})

describe('a mail', () => {
  it('answers the first one of its thread, after the server asked to try again', async () => {
    const id = await at.receiver('email')
    at.servers.inbox.fail('mail', { answer: 429 }, { answer: 500 })
    await at.box.queue(newsOf('inc-40/1', 'opened', { title: 'Größe ✓ of acme' }))
    await at.box.run(id, at.send)
    await at.box.queue(newsOf('inc-40/1', 'resolved'))
    await at.box.run(id, at.send)
    const [first, second] = at.servers.mails
    expect(first?.headers.subject).toBe('[Tickwatch] Open: Größe ✓ of acme')
    expect(first?.text).toContain('https://tickwatch.example/incidents/7')
    expect(second?.headers).toMatchObject({
      'in-reply-to': first?.headers['message-id'],
      'auto-submitted': 'auto-generated',
    })
    expect(at.servers.mails).toHaveLength(2)
  })

  it('whose answer was lost is sent once more with the same Message-ID, and is marked', async () => {
    const id = await at.receiver('email')
    at.servers.inbox.fail('mail', { answer: 'lost' })
    await at.box.queue(newsOf('inc-41/1', 'opened'))
    await at.box.run(id, at.send)
    expect(at.servers.mails).toHaveLength(2)
    expect(new Set(at.servers.mails.map(({ headers }) => headers['message-id'])).size).toBe(1)
    expect(await at.box.messages(id)).toMatchObject([{ state: 'sent', lostAnswers: 1 }])
  })

  it('to a mailbox that does not exist is final', async () => {
    const id = await at.box.receiver({ kind: 'email', to: ['nobody@example.com'] })
    await at.box.queue(newsOf('inc-42/1', 'opened'))
    await at.box.run(id, at.send)
    expect(await at.box.messages(id)).toMatchObject([
      { state: 'failed', lastAnswer: expect.stringContaining('no such mailbox') },
    ])
  })
})
