// Storms, killed processes, what a person sends again: nothing is lost, and the last state is right.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { useReceivers } from '../../../../../local/src/testing/useReceivers.ts'
import { newsOf } from '../../testing/outbox.ts'
import type { Answer } from './notification.rules.ts'
import { contentOf } from './sending/content.ts'
import type { Send } from './sending/send.ts'

const at = useReceivers(useTestDatabase())

// `incident.int.test.ts` has 10,000 alerts, from the queue on.
it.each([
  ['slack', 2_000],
  ['pagerduty', 2_000],
] as const)(
  '%s gets few messages about %i incidents that open within a minute, and all are told resolved',
  async (kind, count) => {
    const id = await at.receiver(kind)
    const subjects = Array.from({ length: count }, (_, i) => `inc-${kind}-${i}/1`)
    for (let i = 0; i < 10; i += 1) {
      const some = subjects.slice((i * count) / 10, ((i + 1) * count) / 10)
      await at.box.queue(...some.map((subject) => newsOf(subject, 'opened')))
      await at.box.run(id, at.send, 5_000)
    }
    await at.box.run(id, at.send)
    expect(at.servers.inbox.kept.length).toBeLessThan(40)
    expect(at.servers.inbox.refused).toEqual([])
    await at.box.queue(...subjects.map((subject) => newsOf(subject, 'resolved')))
    await at.box.run(id, at.send)
    expect(at.servers.inbox.kept.length).toBeLessThan(60)
    if (kind === 'pagerduty') {
      expect(at.servers.pagerDuty.incidents).toHaveLength(11)
      expect(at.servers.pagerDuty.incidents.every(({ state }) => state === 'resolved')).toBe(true)
    } else {
      expect(at.roots()).toHaveLength(11)
      expect(at.roots().at(-1)?.text).toContain(`Resolved: 0 of ${count - 10} incidents are open`)
    }
  },
)

describe('a process that is killed between sending and storing the answer', () => {
  it.each([
    ['pagerduty', 1, 0],
    ['webhook', 1, 0],
    ['slack', 2, 1],
    ['email', 2, 1],
  ] as const)('loses nothing: %s has %i', async (kind, had, lost) => {
    const id = await at.receiver(kind)
    await at.box.queue(newsOf(`inc-50-${kind}/1`, 'opened'))
    await at.box.killedAfterSending(id, at.send)
    await at.box.run(id, at.send)
    const { incidents } = at.servers.pagerDuty
    expect(kind === 'pagerduty' ? incidents.length : at.servers.inbox.kept.length).toBe(had)
    expect(await at.box.messages(id)).toMatchObject([{ state: 'sent', attempts: 2, lostAnswers: lost }])
  })
})

describe('what a person sends again', () => {
  it('reaches PagerDuty as it happened: the trigger first, also if it refused all of it', async () => {
    const routingKey = at.secrets.set('later', 'w'.repeat(32))
    const id = await at.box.receiver({ ...at.settings.pagerduty, routingKey })
    await at.box.queue(newsOf('inc-70/1', 'opened'))
    await at.box.run(id, at.send)
    await at.box.queue(newsOf('inc-70/1', 'acknowledged'))
    await at.box.run(id, at.send)
    expect(await at.states(id)).toEqual(['failed', 'failed'])
    at.secrets.set('later', at.keys.pagerDutyRoutingKey)
    expect(await at.box.sendAgain(id)).toBe(2)
    await at.box.run(id, at.send)
    expect(at.whats()).toEqual(['trigger test/inc-70/1', 'acknowledge test/inc-70/1'])
    expect(at.servers.pagerDuty.incidents).toMatchObject([{ state: 'acknowledged' }])
    expect(await at.states(id)).toEqual(['sent', 'sent'])
  })

  it('opens the incident at PagerDuty, which ignored the acknowledgement of what it did not know', async () => {
    const id = await at.receiver('pagerduty')
    await at.box.queue(newsOf('inc-73/1', 'opened'))
    await at.box.run(id, async () => ({ answer: { kind: 'refused', text: 'It answered 400.' } }))
    await at.box.queue(newsOf('inc-73/1', 'acknowledged'))
    await at.box.run(id, at.send)
    expect(await at.states(id)).toEqual(['failed', 'sent'])
    expect(at.servers.pagerDuty.incidents).toEqual([])
    expect(await at.box.sendAgain(id)).toBe(2)
    await at.box.run(id, at.send)
    expect(at.servers.pagerDuty.incidents).toMatchObject([{ state: 'acknowledged' }])
  })

  it('includes what was sent after it, so that the receiver ends with the newest state', async () => {
    const id = await at.receiver('slack')
    const lost: Send = async () => ({ answer: { kind: 'lost', text: 'Its answer was lost.' } })
    await at.box.queue(newsOf('inc-71/1', 'opened'))
    await at.box.run(id, lost)
    await at.box.queue(newsOf('inc-71/1', 'resolved'))
    await at.box.run(id, at.send)
    expect(await at.states(id)).toEqual(['unknown', 'sent'])
    expect(await at.box.sendAgain(id)).toBe(2)
    await at.box.run(id, at.send)
    expect(at.roots()).toMatchObject([{ text: expect.stringContaining('🟢 *Resolved: ') }])
    expect(await at.box.messages(id)).toMatchObject([{ state: 'sent', lostAnswers: 2 }, { state: 'sent' }])
    expect(await at.box.sendAgain(id)).toBe(0)
  })

  it('waits while another message of the thread is being sent', async () => {
    const id = await at.receiver('webhook')
    await at.box.queue(newsOf('inc-72/1', 'opened'))
    await at.box.run(id, async () => ({ answer: { kind: 'refused', text: 'It answered 400.' } }))
    await at.box.queue(newsOf('inc-72/1', 'resolved'))
    let again = -1
    await at.box.run(id, async (...about) => {
      again = await at.box.sendAgain(id)
      return at.send(...about)
    })
    expect(again).toBe(0)
    expect(await at.states(id)).toEqual(['failed', 'sent'])
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
    const id = await at.receiver(kind as keyof typeof at.settings)
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
      await at.box.queue(newsOf(subject, event))
      await at.box.run(id, scripted, seconds * 1_000)
    }
    // Longer than a message may wait after a failure.
    await at.box.run(id, scripted, 2 * 86_400_000)
    const messages = await at.box.messages(id)
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
