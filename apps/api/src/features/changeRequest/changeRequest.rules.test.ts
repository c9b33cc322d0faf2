import type { LimitChange } from '@tickwatch/policy'
import { describe, expect, it } from 'vitest'
import type { Caller } from '../../auth/caller.ts'
import { sampleRollout } from '../../testing/sampleRollout.ts'
import { approversNeeded, fleetAfter, judgeAgain, lessThanAsked, mayNotDecide, ownPart } from './changeRequest.rules.ts'
import { rolloutSubject } from './rolloutSubject.ts'

const rate = 'ingest.samplesPerSecond'
const caller = (subject: string, role: 'platform-approver' | 'auditor'): Caller => ({
  subject,
  name: subject,
  email: null,
  held: [{ role, tenantId: null }],
  unverifiedEmail: null,
  groupsLeftOut: false,
  sessionId: null,
  expiresAtMs: 0,
  requestId: 'r',
  source: null,
})
const by = { subject: 'mara', name: 'Mara' }
const approvals = [{ by: { subject: 'pat', name: 'Pat' }, at: new Date(0), reason: 'agreed' }]

describe('a request may be decided', () => {
  it('by an approver who did not make it, also after another one approved it', () => {
    const aiko = caller('aiko', 'platform-approver')
    expect(mayNotDecide(aiko, { by, state: 'pending', approvals: [] })).toBeNull()
    expect(mayNotDecide(aiko, { by, state: 'pending', approvals })).toBeNull()
    expect(ownPart(aiko, { by, approvals })).toBeNull()
  })
  it.each([
    ['who asked', caller('mara', 'platform-approver'), 'pending', /someone else/],
    ['who approved it', caller('pat', 'platform-approver'), 'pending', /approved it already/],
    ['without the role', caller('ewa', 'auditor'), 'pending', /need the role platform-approver/],
    ['once it is decided', caller('aiko', 'platform-approver'), 'declined', /already decided/],
  ] as const)('not %s', (_who, person, state, why) => {
    expect(mayNotDecide(person, { by, state, approvals })).toMatch(why)
  })
})

describe('the number of people who must approve a request', () => {
  const rollout = (environment: string) => rolloutSubject('r', sampleRollout(environment))
  const asked = sampleRollout('test')
  const oneInProduction = {
    ...asked,
    plan: {
      ...asked.plan,
      targets: asked.plan.targets.map((target, i) => (i === 1 ? { ...target, environment: 'production' } : target)),
    },
  }
  it.each([
    [1, 'for an SLO', { kind: 'slo', id: 's', content: {}, sha256: '' }],
    [1, 'for a maintenance window', { kind: 'maintenance', id: 'm', content: {}, sha256: '' }],
    [1, 'for a rollout in test', rollout('test')],
    [1, 'for a rollout in a place before production', rollout('pre-production')],
    [2, 'for a rollout in production', rollout('production')],
    [2, 'for a rollout in prod-eu', rollout('prod-eu')],
    [2, 'for a rollout in PROD', rollout('PROD')],
    [2, 'for a rollout of which one target is in production', rolloutSubject('r', oneInProduction)],
    [2, 'for a rollout that this release can’t read', { ...rollout('test'), content: { environment: 'test' } }],
    [2, 'for a rollout that is not what its hash says', { ...rollout('test'), sha256: 'a'.repeat(64) }],
  ])('is %i %s', (count, _what, subject) => {
    expect(approversNeeded(subject)).toBe(count)
  })
})

describe('an approver approves less than was asked', () => {
  const series = 'series.activeMax'
  const asked = {
    limits: { [rate]: 15_000, [series]: null, 'labels.valueBytesMax': 256 },
    changes: [
      { limit: rate, from: 5_000, to: 15_000 },
      { limit: series, from: 300_000, to: 100_000 },
    ] satisfies LimitChange[],
  }
  const others = { 'labels.valueBytesMax': 256 }
  it.each([
    ['a part of a raise', { [rate]: 12_000 }, { ...others, [rate]: 12_000, [series]: null }],
    ['a part of a reduction', { [series]: 250_000 }, { ...others, [rate]: 15_000, [series]: 250_000 }],
    ['one limit only: the other keeps its value', { [series]: 300_000 }, { ...others, [rate]: 15_000 }],
    ['all that was asked', { [rate]: 15_000, [series]: 100_000 }, asked.limits],
  ])('%s', (_what, values, limits) => {
    expect(lessThanAsked(asked, values)).toEqual({ fault: null, limits })
  })
  it.each([
    [{ [rate]: 15_001 }, `${rate} is 5000 and 15000 was requested. Approve a value from one to the other.`],
    [{ [rate]: 4_999 }, /Approve a value from one to the other/],
    [{ [series]: 99_999 }, /Approve a value from one to the other/],
    [{ [rate]: 5_000, [series]: 300_000 }, 'These are the present limits. Decline the request instead.'],
    [{ 'query.concurrentMax': 3 }, 'The request does not ask for query.concurrentMax.'],
  ])('but not %o', (values, fault) => {
    expect(lessThanAsked(asked, values).fault).toMatch(fault)
  })
})

describe('a request judged again', () => {
  const state = { defaults: {}, envelope: {} }
  const asked = {
    limits: { [rate]: 90_000 },
    changes: [{ limit: rate, from: 10_000, to: 90_000 }],
    endsAt: null,
    baseRevision: 3,
  } as const
  const again = (limits: object, more: { endsAt?: Date } = {}) =>
    judgeAgain({ ...asked, ...more, changes: [...asked.changes] }, { revision: 4, limits }, state, 1_000)

  it('is still valid if other limits changed, and keeps those', () => {
    const result = again({ 'series.activeMax': 7 })
    expect(result).toMatchObject({ outdated: null, judgement: { after: { [rate]: 90_000, 'series.activeMax': 7 } } })
  })
  it.each([20_000, 5_000])('is outdated once the limit that it asks for changed, up or down: %i', (now) => {
    expect(again({ [rate]: now }).outdated).toBe(`${rate} was 10000 when this was requested and is ${now} now.`)
  })
  it('is outdated once its boost would have ended', () => {
    expect(again({}, { endsAt: new Date(1_000) }).outdated).toMatch(/ended by now/)
  })
})

it('the fleet’s total changes by as much as the tenant’s limit', () => {
  const changes: LimitChange[] = [
    { limit: rate, from: 10, to: 30 },
    { limit: 'series.activeMax', from: 1, to: 9 },
  ]
  expect(fleetAfter(100, changes, rate)).toBe(120)
})
