import type { LimitChange } from '@tickwatch/policy'
import { describe, expect, it } from 'vitest'
import type { Caller } from '../../auth/caller.ts'
import { fleetAfter, judgeAgain, mayNotDecide } from './changeRequest.rules.ts'

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

describe('a request may be decided', () => {
  it('by an approver who did not make it', () => {
    expect(mayNotDecide(caller('aiko', 'platform-approver'), { by, state: 'pending' })).toBeNull()
  })
  it.each([
    ['who asked', caller('mara', 'platform-approver'), 'pending', /someone else/],
    ['without the role', caller('ewa', 'auditor'), 'pending', /need the role platform-approver/],
    ['once it is decided', caller('aiko', 'platform-approver'), 'declined', /already decided/],
  ] as const)('not %s', (_who, person, state, why) => {
    expect(mayNotDecide(person, { by, state })).toMatch(why)
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
