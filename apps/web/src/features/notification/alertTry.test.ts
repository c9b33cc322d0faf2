import { describe, expect, it } from 'vitest'
import { alertSentence, alertWords, type TriedAlert, takenWords } from './alertTry.ts'

const alert = (made: Partial<TriedAlert> = {}): TriedAlert => ({
  ...{
    name: 'SloBurnPage',
    severity: 'page',
    slo: 'freshness',
    tenantId: 'acme',
    startsAt: '2026-11-29T12:00:00.000Z',
  },
  ...{ fits: true, takenBy: [], ...made },
})

describe('an alert on which a route is tried', () => {
  it.each([
    [alert(), 'SloBurnPage of acme about freshness, page'],
    [alert({ slo: null, tenantId: null, severity: 'ticket' }), 'SloBurnPage, ticket'],
  ])('is named: %#', (made, words) => expect(alertWords(made)).toBe(words))

  it.each([
    [[], null, 'no route takes it now'],
    [['pages'], null, 'taken by the route pages'],
    [['pages', 'acme'], null, 'taken by the routes pages and acme'],
    [['pages'], 'pages', 'this route takes it already'],
    [['pages', 'acme'], 'pages', 'taken already, and by the route acme'],
  ])('%j, while %s is changed: %s', (takenBy, route, words) => expect(takenWords({ takenBy }, route)).toBe(words))
})

it('a route takes so many of the last alerts, some of which only this one takes, and some that it leaves', () => {
  const alerts = [
    alert({ takenBy: ['pages'] }),
    alert({ takenBy: ['pages', 'acme'] }),
    alert({ fits: false, takenBy: ['pages'] }),
    alert({ fits: false }),
  ]
  expect(alertSentence(alerts, 'pages')).toBe(
    'Of the last 4 alerts it would have taken 2. No other route takes 1 of them. As it is now, it takes 1 that it would not take any more. Receivers are told of an incident once, also if several of its alerts fit.',
  )
  expect(alertSentence(alerts.slice(3), null)).toMatch(/^Of the last 1 alert it would have taken 0\. Receivers/)
})
