import { describe, expect, it } from 'vitest'
import { alertRows, firedSentence } from './alerts.ts'
import { areasOf, badPoints, badScale, expectedSentence, leftPoints, rangeSentence } from './charts.ts'
import { ruleYaml } from './ruleYaml.ts'
import { readDraft, readNumber, textsOf, whatIfSentence } from './whatIf.ts'
import type { SloHistory, SloView, WhatIf } from './words.ts'

const burns = [
  { severity: 'page' as const, factor: 14.4, longMinutes: 60, shortMinutes: 5 },
  { severity: 'ticket' as const, factor: 1, longMinutes: 4_320, shortMinutes: 360 },
]
const definition = {
  ...{ objective: 0.999, alerting: { burns, badEventsMin: 10 } },
} as unknown as SloView['definition']
const nothing = { newest: [], byAlert: [] }
const history = (points: SloHistory['points'], missing: string | null = null): SloHistory => ({
  ...{ bucketSeconds: 60, points, budget: null, burns: [], episodes: nothing, asOf: null, missing },
  ...{ maintenance: [], groupsInMaintenance: 0 },
})
const point = (t: number, bad: number | null, total: number | null, left: number | null = null) => ({
  ...{ t, bad, total, left, burns: [] },
})

describe('what an alert compares', () => {
  const burn = { longSeconds: 3_600, shortSeconds: 300, badEvents: 20, badEventsMin: 10, ...burns[0] }
  const of = (more: object) =>
    alertRows([{ severity: 'page', factor: 14.4, longBurn: 20, shortBurn: 20, ...burn, ...more }])[0]

  it.each([
    [{ longBurn: 20, shortBurn: 20 }, 'fires', 'bad'],
    [{ longBurn: 20, shortBurn: 20, severity: 'ticket' as const }, 'fires', 'warning'],
    [{ longBurn: 20, shortBurn: 20, badEvents: 9 }, 'too few bad events to fire', 'quiet'],
    [{ longBurn: 20, shortBurn: 1 }, 'the short window is below it', 'info'],
    [{ longBurn: 14.4, shortBurn: 20 }, 'below it', 'good'],
    [{ longBurn: null, shortBurn: null }, 'can’t fire without traffic', 'quiet'],
  ])('%o: %s', (more, words, kind) => expect(of(more)?.state).toEqual({ kind, words }))

  it('is written with its windows', () => {
    expect(of({})).toMatchObject({ title: 'Page above 14.4× in 1 h and 5 min', bad: '20 of 10 needed' })
  })
})

it('says what fired, and that nothing did', () => {
  expect(firedSentence(nothing, 'in the last hour')).toBe(
    'With these alerts nothing would have fired in the last hour.',
  )
  const byAlert = [
    { alert: 'page' as const, count: 2, seconds: 600, longestSeconds: 400 },
    { alert: 'ticket' as const, count: 1, seconds: 7_200, longestSeconds: 7_200 },
  ]
  expect(firedSentence({ newest: [], byAlert }, 'in the last 30 days')).toBe(
    'By the rules’ own formula these fired in the last 30 days: page 2 times, 10 min in all and ticket once, 2 h in all.',
  )
})

describe('the charts', () => {
  it('have gaps where nothing was measured or there was no traffic', () => {
    const data = history([point(60, 1, 100, 0.5), point(120, null, null), point(180, 0, 0, 0.5)])
    expect(badPoints(data, 0.999).map(({ used, limit }) => [used, limit])).toEqual([
      [1, 0.1],
      [null, 0.1],
      [null, 0.1],
    ])
    expect(leftPoints(data).map(({ used }) => used)).toEqual([50, null, 50])
  })

  it('show very strict objectives per million', () => {
    expect(badScale(0.9995).unit).toBe('%')
    expect(badScale(0.99999)).toEqual({ unit: 'per million', factor: 1_000_000 })
    expect(badPoints(history([point(60, 1, 1_000_000)]), 0.99999)[0]).toMatchObject({ used: 1, limit: 10 })
  })

  const say = (data: SloHistory) => rangeSentence(data, { definition }, 'in the last hour', 'UTC')
  it.each([
    [history([point(60, 1, 100), point(120, 0, 100)]), '0.5 % of the events were bad in the last hour; 0.1 % may be.'],
    [history([point(60, 0, 100)]), 'Nothing was bad in the last hour.'],
    [
      history([point(60, 0, 100), point(120, null, null)]),
      'Nothing was bad in the last hour. There are gaps without data.',
    ],
    [history([point(60, 0, 0)]), 'There was no traffic in the last hour.'],
    [history([point(60, null, null)]), 'Nothing was measured in the last hour.'],
    [
      history([point(60, null, null), point(120, 0, 9)]),
      'Nothing was bad in the last hour, in which data begins before 1 Jan 1970, 00:02:00 UTC.',
    ],
    [history([], 'The store is away.'), 'The store is away.'],
  ])('say what the range has', (data, words) => expect(say(data)).toBe(words))
})

it('tells both what is left of the traffic so far and of what the month will have', () => {
  const budget = {
    ...{ bad: 700, total: 100_000, allowed: 1_000, leftRatio: 0.3, allowedSeconds: 0, from: '', to: '' },
    seconds: { measured: 0, withoutTraffic: 0, withoutData: 0, excluded: 0 },
  }
  const expected = { total: 428_571, allowed: 4_285.71, leftRatio: 0.837 }
  const month = { calendar: 'month' as const, timeZone: 'UTC' }
  expect(expectedSentence({ ...budget, expected }, month)).toBe(
    'Of the traffic so far 30 % of the budget is left. If traffic goes on as so far, this month (UTC) will have 428,571 events, and 83 % of their budget is left.',
  )
  expect(expectedSentence({ ...budget, leftRatio: -0.5, expected: { ...expected, leftRatio: 0 } }, month)).toBe(
    'Of the traffic so far the budget is overspent by 50 %. If traffic goes on as so far, this month (UTC) will have 428,571 events, and 0 % of their budget is left.',
  )
  expect(expectedSentence({ ...budget, expected: null }, { days: 30 })).toBe('')
})

it('marks the maintenance windows on the charts', () => {
  const window = { id: 'w', startsAt: '1970-01-01T00:01:00Z', until: '1970-01-01T00:02:00Z' }
  expect(areasOf({ ...history([]), maintenance: [window] })).toEqual([{ fromMs: 60_000, toMs: 120_000 }])
})

describe('a draft', () => {
  const texts = textsOf(definition)

  it('begins as the definition is', () => {
    expect(texts).toEqual({ objective: '99.9', factors: ['14.4', '1'], badEventsMin: '10' })
    expect(readDraft(texts, definition).draft).toEqual({ objective: 0.999, alerting: { burns, badEventsMin: 10 } })
  })

  it('leaves out an alert without a factor', () => {
    expect(readDraft({ ...texts, factors: ['', '2'] }, definition).draft?.alerting.burns).toEqual([
      { ...burns[1], factor: 2 },
    ])
  })

  it.each([
    [{ objective: '99,5' }],
    [{ objective: '100' }],
    [{ objective: '' }],
    [{ factors: ['much', '1'] }],
    [{ factors: ['1001', '1'] }],
    [{ badEventsMin: '0' }],
    [{ badEventsMin: '1.5' }],
  ])('is none with %o', (more) => expect(readDraft({ ...texts, ...more }, definition).draft).toBeNull())

  it.each([['1e3'], ['-1'], ['.5'], ['1.'], ['0x1'], ['Infinity']])('does not guess what %s means', (text) =>
    expect(readNumber(text)).toBeNull(),
  )
})

describe('the sentence of a replay', () => {
  const replayed = (objective: number, count: number, leftRatio: number | null): WhatIf['asItIs'] => ({
    ...{ objective, alerting: definition.alerting, leftRatio },
    episodes: {
      newest: [],
      byAlert: count === 0 ? [] : [{ alert: 'page', count, seconds: 60, longestSeconds: 60 }],
    },
  })
  const view = {
    from: '',
    to: '',
    groups: null,
    asItIs: replayed(0.999, 2, -0.5),
    instead: replayed(0.99, 0, 0.85),
    missing: null,
  }

  it('compares both', () => {
    expect(whatIfSentence(view)).toBe(
      'At 99 %: nothing would have fired, 85 % of the budget left. With the definition as it is: at 99.9 %: page 2 times (1 min), budget overspent by 50 %.',
    )
  })

  it('says of which groups', () => {
    expect(whatIfSentence({ ...view, groups: { replayed: 10, of: 40 } })).toContain(
      'Replayed for the 10 of 40 groups with the least budget left; missing data is not replayed.',
    )
    expect(whatIfSentence({ ...view, groups: { replayed: 0, of: 0 } })).toContain('nothing to replay')
    expect(whatIfSentence({ ...view, missing: 'The store is away.' })).toBe('The store is away.')
  })
})

it('writes rules as YAML, with lines as they are', () => {
  const rules = [
    { record: 'slo:events:step', expr: 'sum(\n  x{a="b"}\n)', labels: { slo: 'one' } },
    {
      alert: 'SloBlind',
      expr: 'absent(x)',
      for: '5m',
      labels: { severity: 'page' },
      annotations: { summary: 'a "b"' },
    },
  ]
  expect(ruleYaml({ name: 'slo-one', interval: '1m', rules })).toBe(`groups:
  - name: "slo-one"
    interval: 1m
    rules:
      - record: "slo:events:step"
        expr: |-
          sum(
            x{a="b"}
          )
        labels:
          slo: "one"
      - alert: "SloBlind"
        expr: |-
          absent(x)
        for: 5m
        labels:
          severity: "page"
        annotations:
          summary: "a \\"b\\""
`)
})
