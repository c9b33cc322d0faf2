import { describe, expect, it } from 'vitest'
import { isRefused, linkOf, tokenOf } from './link.ts'
import {
  daysSentence,
  dayWords,
  incidentWords,
  isPale,
  overallSentence,
  type StatusDay,
  type StatusIncident,
  tenantsWords,
} from './words.ts'

const slo = (title: string, state: Parameters<typeof overallSentence>[0][number]['state']) => ({ title, state })
const day = (date: string, state: StatusDay['state'], badRatio: number | null = 0, measuredRatio = 1): StatusDay => ({
  ...{ date, state, badRatio, measuredRatio },
})

describe('the sentence about all', () => {
  it.each([
    ['all are good or idle', [slo('A', 'good'), slo('B', 'idle')], 'good', 'All is as promised.'],
    ['some burn', [slo('A', 'burning'), slo('B', 'burning'), slo('C', 'good')], 'bad', 'Not as promised now: A and B.'],
    [
      'one is unknown',
      [slo('A', 'unknown'), slo('B', 'good')],
      'warning',
      'All that is known is as promised. Not known: A.',
    ],
    [
      'one burns, one is unknown',
      [slo('A', 'unknown'), slo('B', 'burning')],
      'bad',
      'Not as promised now: B. Not known: A.',
    ],
    ['all are unknown', [slo('A', 'unknown')], 'warning', 'Nothing is known now.'],
    ['there are none', [], 'quiet', 'No SLO is shown here.'],
  ])('if %s', (_what, slos, kind, text) => expect(overallSentence(slos, 0)).toEqual({ kind, text }))

  it.each([
    [[slo('A', 'good')], 1, 'warning', 'All is as promised now, but 1 incident is not resolved yet.'],
    [[slo('A', 'good')], 2, 'warning', 'All is as promised now, but 2 incidents are not resolved yet.'],
    [[slo('A', 'burning')], 1, 'bad', 'Not as promised now: A.'],
  ])('of %o with %i open incidents', (slos, open, kind, text) =>
    expect(overallSentence(slos, open)).toEqual({ kind, text }),
  )
})

describe('an incident', () => {
  const beganAt = '2026-11-29T12:00:00.000Z'
  const resolvedAt = '2026-11-29T12:40:00.000Z'
  const burning: StatusIncident = {
    ...{ id: 'a', title: 'Graphs are current', state: 'burning', acknowledged: false, beganBlind: false },
    ...{ episode: 1, beganAt, resolvedAt: null, tenants: null },
  }
  const tenants = (names: string[], count = names.length) => ({ tenants: { names, count } })
  const ending = ' has an incident that began (12:00) and is not resolved yet.'
  it.each<[string, Partial<StatusIncident>, string, string]>([
    ['that burns', {}, 'bad', ' is not as promised, since (12:00).'],
    [
      'without data',
      { state: 'blind' },
      'warning',
      ' has an incident that began (12:00). There is no data now, so nobody knows whether it is over.',
    ],
    ['that may be over', { state: 'ending' }, 'warning', ending],
    ['that somebody has', { state: 'ending', acknowledged: true }, 'warning', `${ending} Somebody works on it.`],
    ['that came back', { state: 'ending', episode: 2 }, 'warning', `${ending} It came back once.`],
    [
      'that is resolved',
      { state: 'resolved', resolvedAt, episode: 4 },
      'good',
      ' was not as promised. That was resolved (12:40), after 40 min. It came back 3 times.',
    ],
    [
      'that was only missing data',
      { state: 'resolved', resolvedAt, beganBlind: true },
      'good',
      ' had no data. That was resolved (12:40), after 40 min.',
    ],
    ['without names', tenants([]), 'bad', ' is not as promised, since (12:00).'],
    [
      'with names',
      tenants(['acme', 'globex']),
      'bad',
      ' is not as promised, since (12:00). It concerns acme and globex.',
    ],
    [
      'with too many names',
      tenants(['acme', 'globex'], 1_202),
      'bad',
      ' is not as promised, since (12:00). It concerns acme, globex and 1,200 more.',
    ],
  ])('%s is one sentence, and what else is known of it', (_what, of, kind, sentence) => {
    const { at, before, after, ...is } = incidentWords({ ...burning, ...of })
    expect([is.kind, `${before}(${at.slice(11, 16)})${after}`]).toEqual([kind, sentence])
  })
})

describe('the days', () => {
  it.each([
    [day('2026-11-28', 'kept'), 'nothing was bad', false],
    [day('2026-11-28', 'broken', 0.25), '25 % was bad', false],
    [day('2026-11-28', 'kept', 0.0005, 0.5), 'under 0.1 % was bad, measured 50 % of the day', true],
    [day('2026-11-28', 'withoutTraffic', null), 'no traffic', false],
    [day('2026-11-28', 'withoutData', null, 0), 'not measured', false],
  ])('%o are said and drawn as they are', (of, words, pale) => {
    expect(dayWords(of)).toMatch(/^28 Nov/)
    expect(dayWords(of)).toContain(`: ${words}`)
    expect(isPale(of)).toBe(pale)
  })

  it('are one sentence that counts only what was measured', () => {
    const none = day('2026-11-26', 'withoutData', null, 0)
    const broken = Array.from({ length: 7 }, (_, i) => day(`2026-11-1${i}`, 'broken', 1))
    expect(daysSentence([none])).toBe('Nothing was measured in 1 day.')
    expect(daysSentence([none, day('2026-11-27', 'kept')])).toBe(
      '1 day of 2 was measured. On none of them more was bad than promised.',
    )
    expect(daysSentence(broken)).toMatch(
      /^7 days of 7 were measured\. More was bad than promised on 16 Nov.* and 2 before\.$/,
    )
  })
})

it('names tenants only if it has their names, and not too many', () => {
  expect(tenantsWords({ tenants: null })).toBe('')
  expect(tenantsWords({ tenants: ['acme', 'globex'] })).toBe(' for acme and globex')
  expect(tenantsWords({ tenants: Array.from({ length: 12 }, (_, i) => `t${i}`) })).toMatch(/ t9 and 2 more$/)
})

it('keeps the token of a link where the browser does not send it', () => {
  const token = `tw_a_${'x'.repeat(43)}`
  const url = new URL(linkOf('https://portal.example', token))
  expect(url.pathname + url.search).toBe('/status')
  expect(tokenOf(url.hash)).toBe(token)
  expect(tokenOf('')).toBeNull()
  expect(tokenOf('#')).toBeNull()
  expect(tokenOf('#a\r\nb')).toBe('ab')
  expect(isRefused({ code: 'api-token-refused' })).toBe(true)
  expect(isRefused({ code: 'database-unavailable' })).toBe(false)
})
