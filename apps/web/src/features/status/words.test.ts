import { describe, expect, it } from 'vitest'
import { isRefused, linkOf, tokenOf } from './link.ts'
import { daysSentence, dayWords, isPale, overallSentence, type StatusDay, tenantsWords } from './words.ts'

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
  ])('if %s', (_what, slos, kind, text) => expect(overallSentence(slos)).toEqual({ kind, text }))
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
