import { describe, expect, it } from 'vitest'
import {
  burnWords,
  countedSentence,
  coverageSentence,
  excludedSentence,
  type Figures,
  groupsInMaintenanceSentence,
  groupWords,
  leftWords,
  listSentence,
  objectiveWords,
  partWords,
  type SloRow,
  sloSentence,
  stateOf,
  windowWords,
} from './words.ts'

const figures: Figures = {
  ...{ bad: 270, total: 1_000_000, leftRatio: 0.73, burn: 0.4, lastsSeconds: null, state: 'measured' },
  ...{ lastDataSeconds: 1_800_000_000, measuredRatio: 1, excludedSeconds: 0, badByCause: null },
}
const unmeasured: Figures = {
  ...{ bad: 0, total: 0, leftRatio: null, burn: null, lastsSeconds: null, state: 'unmeasured' },
  ...{ lastDataSeconds: null, measuredRatio: 0, excludedSeconds: 0, badByCause: null },
}
const rolling = { days: 30 }
const month = { calendar: 'month' as const, timeZone: 'Europe/Berlin' }
const row = (of: Partial<Figures> | null, firing: SloRow['firing'] = []): SloRow => ({
  ...{ sloId: 'freshness', title: 'Graphs are current', owner: 'core', kind: 'latency', objective: 0.999 },
  ...{ window: rolling, groupBy: [], of: null, badRatioByDay: [], groups: null, firesAt: { page: 6, ticket: 1 } },
  figures: of && { ...figures, ...of },
  ...{ maintenanceUntil: null, firing },
})
const alert = (severity: 'page' | 'ticket' | 'blind', tenant: string | null) => ({
  ...{ severity, since: '2026-11-29T03:00:00Z' },
  group: tenant === null ? null : { key: tenant, labels: { tenant_id: tenant } },
})

it.each([
  [0.999, '99.9 %'],
  [0.9995, '99.95 %'],
  [0.99999, '99.999 %'],
  [0.57, '57 %'],
])('writes the objective %d as %s', (objective, words) => expect(objectiveWords(objective)).toBe(words))

it.each([
  [0.73, '73 %'],
  [1, '100 %'],
  [0.9999, '99.9 %'],
  [0.9951, '99.5 %'],
  [0.0345, '3.4 %'],
  [0.0004, 'under 0.1 %'],
  [0, '0 %'],
  [-0.0004, 'under 0.1 % too much'],
  [-1.2, '−120 %'],
])('writes the part %d as %s', (part, words) => expect(partWords(part)).toBe(words))

it.each([
  [0, '0×'],
  [0.004, 'under 0.01×'],
  [0.4321, '0.432×'],
  [14.4, '14.4×'],
  [999.6, '1,000×'],
])('writes the burn %d as %s', (burn, words) => expect(burnWords(burn)).toBe(words))

it('names windows and groups', () => {
  expect(windowWords(rolling)).toBe('30 days')
  expect(windowWords(month)).toBe('this month (Europe/Berlin)')
  expect(groupWords({ tenant_id: 'acme' })).toBe('acme')
  expect(groupWords({ tenant_id: 'acme', zone: 'a' })).toBe('tenant_id acme, zone a')
  expect(groupWords({})).toBe('events without these labels')
})

describe('the state of a budget', () => {
  it.each([
    ['pages', row({}, [alert('page', 'acme'), alert('ticket', 'globex')]), 'bad'],
    ['pages for 2 groups', row({}, [alert('page', 'acme'), alert('page', 'globex')]), 'bad'],
    ['has no data', row({}, [alert('blind', null)]), 'warning'],
    ['not known', row(null), 'quiet'],
    ['no data yet', row(unmeasured), 'quiet'],
    ['blind: data stopped', row({ state: 'blind' }), 'warning'],
    ['budget used up', row({ leftRatio: 0 }), 'bad'],
    ['runs out in 5 h', row({ lastsSeconds: 18_000 }), 'bad'],
    ['runs out in 3 d', row({ lastsSeconds: 3 * 86_400 }), 'warning'],
    ['would run out in 3 d', { ...row({ lastsSeconds: 3 * 86_400 }), window: month }, 'warning'],
    ['no traffic in the last hour', row({ state: 'withoutTraffic', burn: null }), 'quiet'],
    ['kept', row({}), 'good'],
  ] as const)('%s', (words, of, kind) => expect(stateOf(of)).toEqual({ kind, words }))

  it.each([
    [null, 'not known'],
    [unmeasured, 'no data yet'],
    [{ ...unmeasured, state: 'withoutTraffic' as const }, 'no traffic yet'],
    [figures, '73 % left'],
    [{ ...figures, leftRatio: -0.5 }, 'overspent by 50 %'],
  ])('says what is left', (of, words) => expect(leftWords(of)).toBe(words))
})

describe('the sentence of the list', () => {
  const say = (slos: SloRow[], missing: string | null = null) => listSentence({ slos, missing })

  it.each([
    [[row({}), row({})], '2 SLOs: no budget runs out.'],
    [
      [row({ leftRatio: -1 }), row({}), row({ lastsSeconds: 60 })],
      'Of 3 SLOs 1 used up the budget, 1 burns its budget too fast.',
    ],
    [[row({ state: 'blind' }), row({ state: 'blind' })], 'Of 2 SLOs 2 are blind.'],
    [[row({}), row(unmeasured)], '2 SLOs: no budget runs out. Nothing is measured of 1.'],
    [[row(unmeasured)], '1 SLO. Nothing is measured of any of them.'],
    [[], 'There is no SLO.'],
  ])('counts what needs somebody', (slos, words) => expect(say(slos)).toBe(words))

  it('says why nothing is known, and does not call that kept', () => {
    expect(say([row(null)], 'The store is away.')).toBe('1 SLO. The store is away.')
    expect(say([], 'The store is away.')).toBe('The store is away.')
  })
})

describe('the sentence of an SLO', () => {
  const say = (of: Partial<Figures> | null, window: SloRow['window'] = rolling, missing: string | null = null) =>
    sloSentence({
      figures: of && { ...figures, ...of },
      missing,
      definition: { window } as Parameters<typeof sloSentence>[0]['definition'],
    })

  it.each([
    [
      {},
      '73 % of the budget of 30 days is left. In the last hour it burnt 0.4 times as fast as the objective allows, so it lasts.',
    ],
    [{ burn: 0 }, '73 % of the budget of 30 days is left. Nothing was bad in the last hour.'],
    [
      { burn: 0, excludedSeconds: 60 },
      '73 % of the budget of 30 days is left. Nothing that counts was bad in the last hour.',
    ],
    [
      { burn: null, state: 'withoutTraffic' as const },
      '73 % of the budget of 30 days is left. There was no traffic in the last hour.',
    ],
    [
      { burn: null },
      '73 % of the budget of 30 days is left. There was no traffic outside of maintenance windows in the last hour.',
    ],
    [
      { burn: 6, lastsSeconds: 18_000 },
      '73 % of the budget of 30 days is left. In the last hour it burnt 6 times as fast as the objective allows; at that rate it runs out in 5 h.',
    ],
    [{ leftRatio: 0, burn: 0 }, 'The budget of 30 days is used up. Nothing was bad in the last hour.'],
    [
      { leftRatio: -2, burn: 6 },
      'The budget of 30 days is overspent by 200 % of it. In the last hour it burnt 6 times as fast as the objective allows.',
    ],
    [
      { state: 'blind' as const, burn: 0 },
      '73 % of the budget of 30 days is left. Nothing was bad in the last hour. No data comes any more, so nobody knows whether it burns.',
    ],
    [unmeasured, 'Nothing was measured in 30 days.'],
    [{ ...unmeasured, state: 'withoutTraffic' as const }, 'There was no traffic in 30 days.'],
    [
      { ...unmeasured, state: 'measured' as const, excludedSeconds: 60 },
      'There was no traffic in 30 days outside of maintenance windows.',
    ],
  ])('tells what is left and for how long', (of, words) => expect(say(of)).toBe(words))

  it('does not know without figures', () => {
    expect(say(null, rolling, 'The store is away.')).toBe('The store is away.')
    expect(say(null, month)).toBe('Nothing was measured of it in this month (Europe/Berlin).')
  })
})

it('says until when events were counted, and of which part of the window', () => {
  const counted = { asOf: '2026-11-29T03:00:00Z', settledUntil: null, stepSeconds: 60 }
  expect(countedSentence(counted, 'UTC')).toBe(
    'Counted to 29 Nov 2026, 03:00:00 UTC, each minute soon after its end. Samples that arrived later are not in it yet.',
  )
  expect(countedSentence({ ...counted, settledUntil: '2026-11-29T01:00:00Z' }, 'UTC')).toBe(
    'Counted to 29 Nov 2026, 03:00:00 UTC, each minute soon after its end. Settled until 29 Nov 2026, 01:00:00 UTC: what is older was counted again when no more samples could arrive.',
  )
  expect(countedSentence({ ...counted, asOf: null }, 'UTC')).toBe('')
  expect(coverageSentence(figures, rolling)).toBe('')
  expect(coverageSentence({ ...figures, measuredRatio: 0.1 }, rolling)).toBe(
    'There is data for 10 % of 30 days; the rest counts neither as good nor as bad.',
  )
  expect(coverageSentence({ ...figures, measuredRatio: 0.5 }, month)).toBe(
    'There is data for 50 % of this month (Europe/Berlin) so far; the rest counts neither as good nor as bad.',
  )
})

it('says what maintenance excludes', () => {
  expect(excludedSentence(figures, rolling)).toBe('')
  expect(excludedSentence({ ...figures, excludedSeconds: 7_200 }, rolling)).toBe(
    'Of 30 days 2 h are maintenance and do not count.',
  )
  expect(leftWords({ ...unmeasured, state: 'measured', excludedSeconds: 60 })).toBe('nothing counts yet')
  expect(groupsInMaintenanceSentence(0)).toBe('')
  expect(groupsInMaintenanceSentence(2)).toMatch(/^2 groups have maintenance windows of their own: /)
  expect(groupsInMaintenanceSentence(1)).toMatch(/^1 group has maintenance windows of its own: /)
})
