import type { ChangeRequest, NearLimit, NoticeCondition } from '@tickwatch/db'
import { describe, expect, it } from 'vitest'
import { sampleRollout } from '../../testing/sampleRollout.ts'
import { rolloutSubject } from '../changeRequest/rolloutSubject.ts'
import {
  calmMs,
  certificateExpires,
  conditionNotice,
  requestDecided,
  requestWaits,
  seenNow,
  stepConditions,
  tokenExpires,
} from './notice.rules.ts'

const start = Date.parse('2026-11-29T12:00:00.000Z')
const after = (ms: number) => new Date(start + ms)
const near = (ratio: number, over: Partial<NearLimit> = {}): NearLimit => ({
  ...{ tenantId: 'acme', name: 'Acme', limit: 'ingest.samplesPerSecond', used: ratio * 2_000, max: 2_000, ratio },
  ...{ refusedByReason: {}, refusedQueriesByReason: {} },
  ...over,
})

/** Steps through what is near at each time. @returns the titles of the notices. */
function titles(...steps: [ms: number, near: NearLimit[]][]): string[] {
  let known: NoticeCondition[] = []
  const made: string[] = []
  for (const [ms, nearNow] of steps) {
    const { store, began } = stepConditions(known, seenNow(nearNow), after(ms))
    made.push(...began.map((each) => conditionNotice(each).title))
    const stored = new Map(store.map((each) => [each.key, each]))
    const changed = known.filter(({ key }) => !stored.has(key))
    known = [...changed, ...store].filter(({ level }) => level > 0)
  }
  return made
}
const at80 = 'acme uses more than 80 % of a limit'
const at95 = 'acme uses more than 95 % of a limit'

describe('a tenant near a limit', () => {
  it.each<[what: string, steps: [number, NearLimit[]][], titles: string[]]>([
    ['below 80 % makes no notice', [[0, [near(0.79)]]], []],
    [
      'makes one notice while it stays there',
      [
        [0, [near(0.8)]],
        [4_000, [near(0.9)]],
        [9e6, [near(0.85)]],
      ],
      [at80],
    ],
    [
      'makes another one at 95 %',
      [
        [0, [near(0.8)]],
        [4_000, [near(0.96)]],
      ],
      [at80, at95],
    ],
    [
      'that goes up and down makes one of each',
      [
        [0, [near(0.96)]],
        [4_000, [near(0.9)]],
        [8_000, [near(0.97)]],
      ],
      [at95],
    ],
    [
      'that was calm for less than an hour makes no other',
      [
        [0, [near(0.8)]],
        [60_000, []],
        [calmMs - 1, [near(0.8)]],
      ],
      [at80],
    ],
    [
      'that was calm for an hour makes another',
      [
        [0, [near(0.8)]],
        [calmMs, []],
        [calmMs + 1, [near(0.8)]],
      ],
      [at80, at80],
    ],
  ])('%s', (_what, steps, expected) => {
    expect(titles(...steps)).toEqual(expected)
  })

  it('says how much it uses, of how much', () => {
    const [seen] = seenNow([near(0.96)])
    if (!seen) expect.fail('nothing is near')
    expect(conditionNotice({ ...seen, since: after(0) })).toMatchObject({
      text: 'Samples per second: 1,920 of 2,000 samples/s. Above the limit gateways refuse what is too much.',
      severity: 'ticket',
      path: '/t/acme',
    })
  })
})

it('refusals that begin make one notice, with their reasons', () => {
  const refused = near(0.1, { refusedByReason: { rate: 12.5 }, refusedQueriesByReason: { range: 1 } })
  const [seen] = seenNow([refused])
  if (!seen) expect.fail('nothing is refused')
  expect(conditionNotice({ ...seen, since: after(0) }).text).toBe('Reasons: rate (12.5/s), queries: range (1/s).')
  expect(titles([0, [refused]], [4_000, [refused]])).toHaveLength(1)
})

describe('a token or certificate that expires', () => {
  const day = 86_400_000
  const token = { key: 'id', name: 'grafana', expiresAt: after(7 * day) }
  it.each([
    [-1, null],
    [0, '7'],
    [5 * day, '7'],
    [6 * day, '1'],
    [7 * day, null],
  ])('%i ms after a week before its end makes the notice of day %s', (ms, days) => {
    const made = tokenExpires(token, 'acme', after(ms))
    expect(made?.key.split('/').at(-1) ?? null).toBe(days)
  })

  it('says what to do', () => {
    expect(tokenExpires(token, 'acme', after(0))).toMatchObject({ tenantId: 'acme', path: '/t/acme/readers' })
    expect(certificateExpires({ ...token, name: 'the machine port' }, after(0))?.title).toBe(
      'The certificate of the machine port expires soon',
    )
  })
})

describe('a request', () => {
  const asked = {
    ...{ id: 'r1', tenantId: 'acme', tenantName: 'Acme Games', reason: 'launch day', state: 'pending', decision: null },
    by: { subject: 'mara', name: 'Mara' },
    changes: [{ limit: 'ingest.samplesPerSecond', from: 2_000, to: 15_000 }],
  } as unknown as ChangeRequest
  const decision = { by: { subject: 'pat', name: 'Pat' }, at: after(0), reason: 'go' }

  it('that waits is for the platform', () => {
    expect(requestWaits(asked)).toMatchObject({
      ...{ tenantId: null, forSubject: null, path: '/approvals/r1' },
      text: 'Mara asks for Samples per second from 2,000 to 15,000 samples/s. Reason: launch day',
    })
  })

  it.each<[state: ChangeRequest['state'], title: string | undefined]>([
    ['pending', undefined],
    ['withdrawn', undefined],
    ['approved', 'Your request was approved'],
    ['declined', 'Your request was declined'],
    ['outdated', 'Your request was closed as outdated'],
  ])('that is %s is for its requester: %s', (state, title) => {
    const made = requestDecided({ ...asked, state, decision })
    expect(made?.title).toBe(title)
    if (made) expect(made).toMatchObject({ tenantId: 'acme', forSubject: 'mara' })
  })

  it('about an SLO names it, and is for the platform and its requester', () => {
    const subject = { kind: 'slo', id: 'freshness', content: {}, sha256: '' }
    const ofSlo: ChangeRequest = { ...asked, tenantId: 'tickwatch', changes: [], subject }
    expect(requestWaits(ofSlo).text).toBe('Mara asks for a change of the SLO freshness. Reason: launch day')
    expect(requestDecided({ ...ofSlo, state: 'approved', decision })).toMatchObject({
      ...{ tenantId: null, forSubject: 'mara', path: '/approvals/r1' },
      text: 'Pat decided about a change of the SLO freshness. Reason: go',
    })
    const ofWindow = { ...ofSlo, subject: { ...subject, kind: 'maintenance', id: 'w1' } }
    expect(requestWaits(ofWindow).text).toBe('Mara asks for a maintenance window. Reason: launch day')
  })

  it('for a rollout names the environment', () => {
    const subject = rolloutSubject('r1', sampleRollout())
    const ofRollout: ChangeRequest = { ...asked, tenantId: 'tickwatch', changes: [], subject }
    expect(requestWaits(ofRollout).text).toBe('Mara asks for a rollout in production. Reason: launch day')
    const unread = { ...subject, sha256: '' }
    expect(requestWaits({ ...ofRollout, subject: unread }).text).toBe('Mara asks for a rollout. Reason: launch day')
  })
})
