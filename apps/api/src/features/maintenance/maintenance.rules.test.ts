import { describe, expect, it } from 'vitest'
import { lateFault, planFault, plannedOf, subjectOf } from './maintenance.rules.ts'

const now = Date.parse('2026-11-29T12:00:00Z')
const minutes = (count: number) => new Date(now + count * 60_000)
const day = 24 * 60
const planned = (from: number, to: number) => ({
  ...{ sloId: 'freshness', labels: { tenant_id: 'acme' } },
  ...{ startsAt: minutes(from), endsAt: minutes(to) },
})

describe('a window can be asked for', () => {
  it.each([
    ['now', 0, 60, null],
    ['for as long as 7 days', 60, 60 + 7 * day, null],
    ['if it began an hour ago and still holds', -60, 1, null],
    ['not if it began earlier: its budget is settled', -61, 60, /^It began more than 1 h ago.*Choose later times\.$/],
    ['not if it is over', -30, 0, /^The window is over, and nobody excludes time that has passed\./],
    ['not if it ends before it begins', 60, 60, /^The window ends before it begins/],
    ['not for longer than 7 days', 60, 61 + 7 * day, /at most 7 days/],
    ['90 days ahead', 90 * day, 90 * day + 1, null],
    ['not further ahead', 90 * day + 1, 90 * day + 2, /at most 90 days ahead/],
  ])('%s', (_when, from, to, fault) => {
    if (fault === null) expect(planFault(planned(from, to), now)).toBeNull()
    else expect(planFault(planned(from, to), now)).toMatch(fault)
  })
})

it.each([
  ['before it begins', 5, 60, null],
  ['within an hour of its beginning', -60, 60, null],
  ['not later', -61, 60, /^it began more than 1 h ago/],
  ['not once it is over', -10, 0, /^the window is over/],
])('a window is approved %s', (_when, from, to, fault) => {
  if (fault === null) expect(lateFault(planned(from, to), now)).toBeNull()
  else expect(lateFault(planned(from, to), now)).toMatch(fault)
})

describe('a request', () => {
  const subject = subjectOf('w1', planned(1, 2))
  it('holds exactly the window that is approved', () => {
    expect(subject).toMatchObject({ kind: 'maintenance', id: 'w1', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(plannedOf(subject)).toEqual(planned(1, 2))
    const ofAll = { ...planned(1, 2), sloId: null, labels: null }
    expect(plannedOf(subjectOf('w2', ofAll))).toEqual(ofAll)
  })
  it.each([
    ['is altered', { ...subject, content: { ...Object(subject.content), endsAt: minutes(600).toISOString() } }],
    ['has another form', { ...subjectOf('w1', { ...planned(1, 2), sloId: 7 as unknown as string }) }],
  ])('that %s is no window', (_what, changed) => {
    expect(plannedOf(changed)).toBeNull()
  })
})
