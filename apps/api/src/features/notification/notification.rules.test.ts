import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Answer,
  alertDryRunOf,
  dryRunOf,
  giveUpAfterMs,
  lostAnswersMax,
  nextTimes,
  outcomeOf,
  ownThreadsAMinute,
  receiversOf,
  threadFor,
} from './notification.rules.ts'
import { settingsInput } from './notification.types.ts'

const now = new Date('2026-11-29T12:00:00.000Z')
const justNow = { lostAnswers: 0, oldest: now }
const answer = (kind: Answer['kind'], retryAfterSeconds: number | null = null) =>
  (kind === 'limited' ? { kind, text: kind, retryAfterSeconds } : { kind, text: kind }) as Answer

describe('what becomes of a message', () => {
  const old = { lostAnswers: 0, oldest: new Date(now.getTime() - giveUpAfterMs - 1) }
  const lostOnce = { lostAnswers: 1, oldest: now }
  it.each<[kind: Answer['kind'], message: typeof justNow, recognises: boolean, state: string, lost: number]>([
    ['accepted', justNow, true, 'sent', 0],
    ['accepted', lostOnce, false, 'sent', 1],
    ['refused', justNow, true, 'failed', 0],
    ['refused', lostOnce, false, 'failed', 1],
    ['limited', justNow, true, 'waiting', 0],
    ['failed', justNow, false, 'waiting', 0],
    ['unsent', justNow, false, 'waiting', 0],
    ['lost', justNow, true, 'waiting', 0],
    ['lost', justNow, false, 'waiting', 1],
    ['lost', lostOnce, false, 'unknown', 2],
    ['limited', old, true, 'failed', 0],
    ['failed', old, true, 'failed', 0],
    ['unsent', old, true, 'failed', 0],
    ['lost', old, true, 'failed', 0],
    ['lost', old, false, 'waiting', 1],
    ['accepted', old, true, 'sent', 0],
  ])('%s: %o, recognised: %s', (kind, message, recognises, state, lostAnswers) => {
    expect(outcomeOf(message, answer(kind), recognises, now)).toMatchObject({ state, lostAnswers })
  })

  it('is never sent more than twice without an answer to a receiver that can’t recognise a repetition', () => {
    const answers = fc.array(fc.constantFrom<Answer['kind'][]>('lost', 'failed', 'limited', 'unsent'), {
      maxLength: 30,
    })
    fc.assert(
      fc.property(answers, (kinds) => {
        let message = { ...justNow, state: 'waiting' }
        let lost = 0
        for (const kind of kinds) {
          if (message.state !== 'waiting') break
          message = { ...message, ...outcomeOf(message, answer(kind), false, now) }
          if (kind === 'lost') lost += 1
        }
        expect(lost).toBeLessThanOrEqual(lostAnswersMax)
      }),
    )
  })

  it('keeps at most 500 characters of the answer', () => {
    expect(outcomeOf(justNow, { kind: 'failed', text: 'x'.repeat(9_000) }, true, now).lastAnswer).toHaveLength(500)
  })
})

describe('the next attempt', () => {
  const times = (kind: Answer['kind'], before = { attempts: 1, failures: 0 }, retryAfter: number | null = null) => {
    const about = { ...before, isStorm: false }
    const { threadAt, receiverAt, failures } = nextTimes('slack', answer(kind, retryAfter), about, now)
    return [threadAt.getTime() - now.getTime(), receiverAt.getTime() - now.getTime(), failures]
  }
  it.each<[what: string, ...Parameters<typeof times>, threadMs: number, receiverMs: number, failures: number]>([
    ['waits for the pace', 'accepted', { attempts: 3, failures: 2 }, null, 2_500, 1_250, 0],
    ['is not delayed by a refused message', 'refused', { attempts: 1, failures: 4 }, null, 0, 1_250, 0],
    ['waits as long as the receiver asks', 'limited', { attempts: 1, failures: 0 }, 90, 90_000, 90_000, 1],
    ['waits 30 s if it does not say', 'limited', { attempts: 1, failures: 0 }, null, 30_000, 30_000, 1],
    ['waits at most an hour', 'limited', { attempts: 1, failures: 0 }, 1e9, 3_600_000, 3_600_000, 1],
    ['is never faster than the pace', 'limited', { attempts: 1, failures: 0 }, 0, 1_250, 1_250, 1],
    ['waits about a second after a failure', 'failed', { attempts: 1, failures: 0 }, null, 1_250, 1_250, 1],
    ['waits twice as long each time', 'failed', { attempts: 4, failures: 3 }, null, 8_000, 8_000, 4],
    [
      'of a message that always fails holds off the others for 30 s',
      'failed',
      { attempts: 20, failures: 19 },
      null,
      300_000,
      30_000,
      20,
    ],
    ['of a new message, while the receiver fails', 'lost', { attempts: 1, failures: 9 }, null, 1_250, 1_250, 10],
  ])('%s', (_what, kind, before, retryAfter, ...expected) => {
    expect(times(kind, before, retryAfter)).toEqual(expected)
  })
})

it('a storm is told of less often than an incident', () => {
  const at = (isStorm: boolean) =>
    nextTimes('email', answer('accepted'), { attempts: 1, failures: 0, isStorm }, now).threadAt.getTime() -
    now.getTime()
  expect([at(false), at(true)]).toEqual([10_000, 60_000])
})

it.each<[opened: number, stormRuns: boolean, where: string]>([
  [0, false, 'own'],
  [ownThreadsAMinute - 1, false, 'own'],
  [ownThreadsAMinute, false, 'new storm'],
  [ownThreadsAMinute, true, 'storm'],
  [0, true, 'storm'],
])('after %i threads within a minute, with a storm: %s, an incident gets: %s', (opened, stormRuns, where) => {
  expect(threadFor(opened, stormRuns)).toBe(where)
})

describe('routes', () => {
  const all = { name: 'r', kinds: [], severities: [], slos: [], tenants: [] }
  const about = { kind: 'incident', severity: 'page', slo: 'freshness', tenantId: 'acme' } as const
  it.each<[route: object, matches: boolean]>([
    [{}, true],
    [{ kinds: ['incident', 'notice'] }, true],
    [{ kinds: ['change'] }, false],
    [{ severities: ['ticket'] }, false],
    [{ slos: ['freshness'], tenants: ['acme'] }, true],
    [{ slos: ['freshness'], tenants: ['globex'] }, false],
  ])('with %o match: %s', (route, matches) => {
    expect(receiversOf([{ ...all, ...route, receivers: ['a'] }], about)).toEqual(matches ? ['a'] : [])
  })

  it('that name a tenant do not match what is of no tenant', () => {
    const route = { ...all, tenants: ['acme'], receivers: ['a'] }
    expect(receiversOf([route], { ...about, tenantId: null })).toEqual([])
  })

  it('are tried on notifications by the same function that routes them, without receivers that were removed', () => {
    const routes = [
      { ...all, severities: ['page' as const], receivers: ['a', 'gone'] },
      { ...all, tenants: ['globex'], receivers: ['b'] },
    ]
    const told = [
      about,
      { ...about, severity: 'info' as const, tenantId: 'globex' },
      { ...about, severity: 'info' as const },
    ]
    const tried = dryRunOf(routes, told, (id) => (id === 'gone' ? null : `name of ${id}`))
    expect(tried.map(({ receivers }) => receivers)).toEqual([['name of a'], ['name of b'], []])
    expect(told.map((each) => receiversOf(routes, each))).toEqual([['a', 'gone'], ['b'], []])
  })

  it('are tried on alerts: which they would take, and which routes take them now', () => {
    const tried = [
      { ...all, receivers: [], severities: ['page' as const] },
      { ...all, receivers: [], slos: ['login'] },
    ]
    const now = [
      { ...all, receivers: [], name: 'incidents', kinds: ['incident' as const] },
      { ...all, receivers: [], name: 'acme', tenants: ['acme'] },
    ]
    const alerts = [
      { ...about, kind: 'incident' as const, severity: 'page' as const, tenantId: 'acme' },
      { ...about, kind: 'incident' as const, severity: 'ticket' as const, tenantId: null },
      { ...about, kind: 'incident' as const, severity: 'ticket' as const, tenantId: 'globex', slo: 'login' },
    ]
    expect(alertDryRunOf(tried, now, alerts)).toEqual([
      { ...alerts[0], fits: true, takenBy: ['incidents', 'acme'] },
      { ...alerts[1], fits: false, takenBy: ['incidents'] },
      { ...alerts[2], fits: true, takenBy: ['incidents'] },
    ])
    expect(alertDryRunOf([], now, alerts).map(({ fits }) => fits)).toEqual([false, false, false])
  })

  it('that match together send to each receiver once', () => {
    const routes = [
      { ...all, receivers: ['a', 'b'] },
      { ...all, receivers: ['b', 'c'] },
    ]
    expect(receiversOf(routes, about)).toEqual(['a', 'b', 'c'])
  })
})

describe('the settings of a receiver', () => {
  const secret = 'secretsmanager:arn:aws:secretsmanager:eu-central-1:123456789012:secret:tickwatch/pd-AbCdEf'
  it.each<[settings: object, fault: string | null]>([
    [{ kind: 'pagerduty', routingKey: secret, webhookSecret: null }, null],
    [{ kind: 'pagerduty', routingKey: 'e93facc04764012d7bfb002500d5d1a6', webhookSecret: null }, 'ARN of a secret'],
    [{ kind: 'slack', token: secret, channel: 'C0123456789' }, null],
    [{ kind: 'slack', token: secret, channel: '#alerts' }, 'id of a channel'],
    [{ kind: 'webhook', url: 'https://example.com/hook', secret }, null],
    [{ kind: 'webhook', url: 'http://127.0.0.1:9200/webhook', secret }, null],
    [{ kind: 'webhook', url: 'http://169.254.169.254/latest', secret }, 'Use https://'],
    [{ kind: 'webhook', url: 'https://user:pass@example.com', secret }, 'no user or password'],
    [{ kind: 'webhook', url: 'example.com', secret }, 'not a URL'],
    [{ kind: 'email', to: ['on-call@example.com'] }, null],
    [{ kind: 'email', to: ['on-call@example.com\r\nBcc: x@example.com'] }, 'e-mail address'],
  ])('%o: %s', (settings, fault) => {
    const { error } = settingsInput.safeParse(settings)
    if (fault === null) expect(error).toBeUndefined()
    else expect(error?.message).toContain(fault)
  })
})
