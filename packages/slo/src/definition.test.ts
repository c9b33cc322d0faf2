import { describe, expect, it } from 'vitest'
import { builtInDefinitions } from './builtIn.ts'
import { defaultAlerting, type Fault, readDefinition } from './definition.ts'

const ratio = { kind: 'ratio', bad: 'requests_total{code=~"5.."}', total: 'requests_total' }
const base = { id: 'checkout', title: 'Checkout', owner: 'shop', sli: ratio, objective: 0.999, window: { days: 30 } }

const faultsOf = (change: object): string[] =>
  (readDefinition({ ...base, ...change }).faults as Fault[]).map(({ path, message }) => `${path.join('.')}: ${message}`)

describe('a definition', () => {
  it('needs no alert policy, group or runbook: it gets the policy of the workbook', () => {
    expect(readDefinition(base)).toEqual({
      definition: { ...base, runbookUrl: '', groupBy: [], alerting: defaultAlerting('ratio') },
      faults: [],
    })
  })

  it('that a later release wrote is read without what this one does not know', () => {
    const later = { ...base, colour: 'green', sli: { ...ratio, weight: 2 }, window: { days: 30, anchor: 'monday' } }
    expect(readDefinition(later)).toEqual(readDefinition(base))
  })

  it('of each kind is accepted', () => {
    for (const sli of [
      ratio,
      { kind: 'ratio', good: 'ok_total', total: 'all_total{a="}"}' },
      { kind: 'latency', histogram: 'request_seconds', thresholdSeconds: 0.25 },
      { kind: 'latency', histogram: 'request_seconds{job="a"}', thresholdSeconds: 0.2973, nativeSchema: 2 },
      { kind: 'condition', promql: 'sum by (gateway) (up == bool 1) >= bool 2' },
    ]) {
      expect(faultsOf({ sli })).toEqual([])
    }
  })

  it('that is built in has no fault', () => {
    for (const definition of builtInDefinitions) expect(readDefinition(definition)).toEqual({ definition, faults: [] })
  })
})

const burn = (change: object) => ({
  badEventsMin: 10,
  burns: [{ severity: 'page', factor: 14.4, longMinutes: 60, shortMinutes: 5, ...change }],
})

describe('a definition is refused, with where and why', () => {
  it.each<[string, object, string]>([
    ['an id', { id: 'Checkout' }, 'id: Use 2 to 63 lower-case letters'],
    ['a title without a letter', { title: '  ' }, 'title: Enter a text.'],
    ['a text that can’t be stored', { owner: 'a\0b' }, 'owner: Remove the characters that can’t be stored'],
    [
      'a runbook that is a script',
      { runbookUrl: 'javascript:alert(1)' },
      'runbookUrl: Enter an address that begins with https://',
    ],
    ['an objective of 100 percent', { objective: 1 }, 'objective: Enter a number from 0.5 to 0.99999.'],
    ['an objective in percent', { objective: 99.9 }, 'objective: Enter a number from 0.5 to 0.99999.'],
    ['a window of 91 days', { window: { days: 91 } }, 'window'],
    [
      'an unknown time zone',
      { window: { calendar: 'month', timeZone: 'Europe/Berln' } },
      'window.timeZone: "Europe/Berln" is not a time zone. Use a name such as Europe/Berlin',
    ],
    ['an unknown kind of SLI', { sli: { kind: 'feeling' } }, 'sli.kind: Choose ratio, latency or condition.'],
    [
      'bad and good events',
      { sli: { ...ratio, good: 'ok_total' } },
      'sli: Enter the selector of the bad events or that of the good ones',
    ],
    [
      'neither',
      { sli: { kind: 'ratio', total: 'a' } },
      'sli: Enter the selector of the bad events or that of the good ones',
    ],
    [
      'a function',
      { sli: { ...ratio, bad: 'rate(errors_total[5m])' } },
      'sli.bad: Enter one series selector and nothing else',
    ],
    ['a range', { sli: { ...ratio, bad: 'errors_total[5m]' } }, 'sli.bad: Enter one series selector and nothing else'],
    [
      'an offset',
      { sli: { ...ratio, bad: 'errors_total offset 5m' } },
      'sli.bad: Enter one series selector and nothing else',
    ],
    [
      'PromQL that breaks out of its place',
      { sli: { ...ratio, bad: 'errors_total) or vector(0) or (up' } },
      'sli.bad: The PromQL has a syntax error',
    ],
    ['a comment', { sli: { ...ratio, bad: 'errors_total # all' } }, 'sli.bad: Remove the comment'],
    [
      'a selector without a metric name',
      { sli: { ...ratio, bad: '{__name__=~"a|b"}' } },
      'sli.bad: Begin the selector with the name of one metric.',
    ],
    [
      'a metric that is named twice',
      { sli: { ...ratio, bad: 'a{x="y", __name__="b"}' } },
      'sli.bad: Name the metric once',
    ],
    [
      'a threshold inside a native bucket',
      { sli: { kind: 'latency', histogram: 'a', thresholdSeconds: 0.3, nativeSchema: 0 } },
      'sli.thresholdSeconds: 0.3 s is inside a bucket of the native histogram, whose events can’t be told apart. Use a bound of its buckets: 0.25 or 0.5 s.',
    ],
    [
      'a threshold of no time',
      { sli: { kind: 'latency', histogram: 'a', thresholdSeconds: 0 } },
      'sli.thresholdSeconds: Enter a number from 0.001 to 3,600 s.',
    ],
    [
      'a condition that drops what fails',
      { sli: { kind: 'condition', promql: 'lag_seconds < 60' } },
      'sli.promql: Write < bool instead of <',
    ],
    [
      'a condition without a series',
      { sli: { kind: 'condition', promql: 'vector(1)' } },
      'sli.promql: The condition reads no series.',
    ],
    ['a label of the rules', { groupBy: ['tenant_id', 'slo'] }, 'groupBy.1: The rules set the label slo themselves.'],
    ['a label twice', { groupBy: ['az', 'az'] }, 'groupBy.1: The label az is in the list twice.'],
    [
      'a cause that is a group',
      { sli: { ...ratio, causeLabel: 'az' }, groupBy: ['az'] },
      'sli.causeLabel: The label az has another meaning here.',
    ],
    ['five labels', { groupBy: ['a', 'b', 'c', 'd', 'e'] }, 'groupBy: Group by at most 4 labels.'],
    [
      'a short window that is not shorter',
      { alerting: burn({ shortMinutes: 60 }) },
      'alerting.burns.0.shortMinutes: The short window must be shorter',
    ],
  ])('%s', (_, change, fault) => {
    expect(
      faultsOf(change).some((text) => text.startsWith(fault)),
      faultsOf(change).join('\n'),
    ).toBe(true)
  })

  it('an alert that can never fire: 14.4 times 10 % is more than all events', () => {
    expect(faultsOf({ objective: 0.9 })).toEqual([
      'alerting.burns.0.factor: This alert can never fire: 14.4 × 10 % is 144 % bad events. Use a factor of at most 9.9, a higher objective, or remove the alert.',
    ])
    expect(faultsOf({ objective: 0.9, alerting: burn({ factor: 9.9 }) })).toEqual([])
    expect(faultsOf({ objective: 0.9, alerting: burn({ factor: 10 }) })).toHaveLength(1)
  })

  it('an alert that would fire although the budget lasts', () => {
    expect(faultsOf({ alerting: burn({ factor: 0.7 }) })).toEqual([
      'alerting.burns.0.factor: With a factor of 0.7 this alert fires although the budget lasts. Use a factor of at least 1, or remove the alert.',
    ])
    expect(faultsOf({ alerting: burn({ factor: 1 }) })).toEqual([])
  })

  it('an alert of a condition that waits for more bad steps than its window has', () => {
    const sli = { kind: 'condition', promql: 'up' }
    const alerting = { ...burn({}), badEventsMin: 15 }
    expect(faultsOf({ sli, alerting, window: { days: 7 } })).toEqual([
      'alerting.burns.0.longMinutes: This alert can never fire: its long window has 14 steps, and it waits for 15 bad ones. Use a longer window or a lower badEventsMin.',
    ])
    expect(faultsOf({ sli, alerting })).toEqual([])
  })
})
