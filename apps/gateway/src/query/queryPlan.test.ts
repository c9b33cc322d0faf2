import { type Limits, resolveLimits } from '@tickwatch/policy'
import { atOnce } from '@tickwatch/remote-write'
import { describe, expect, it } from 'vitest'
import { readParameters } from './queryParameters.ts'
import { planQuery } from './queryPlan.ts'
import { QueryRefused } from './queryRefused.ts'
import { queryRouteOf, type StorageRoute } from './queryRoute.ts'

const nowS = 1_800_000_000
const hour = 3_600
const day = 86_400

function plan(path: string, parameters: string | Record<string, string>, limits: Limits = {}, search = '') {
  const route = queryRouteOf(path) as StorageRoute
  const asked = readParameters(route, search, new URLSearchParams(parameters).toString())
  return atOnce(planQuery(route, asked, 'acme', resolveLimits(limits), nowS))
}
const formOf = (...given: Parameters<typeof plan>) =>
  Object.fromEntries(new URLSearchParams(plan(...given).request.form))
const refusal = (...given: Parameters<typeof plan>) => {
  try {
    plan(...given)
    return null
  } catch (cause) {
    if (cause instanceof QueryRefused) return [cause.status, cause.reason]
    throw cause
  }
}
const instant = '/api/v1/query'
const range = '/api/v1/query_range'
const over = (query: string, seconds: number, endS = nowS) => ({
  query,
  start: `${endS - seconds}`,
  end: `${endS}`,
  step: '15',
})

describe('the request to AMP', () => {
  it('is pinned to the tenant, has its times and durations formatted again, and has no unknown parameters', () => {
    const asked = {
      ...{ query: 'rate(a[5m]) / b', start: '2027-01-15T07:00:00+00:00', end: '1800000000.5', step: '1m' },
      ...{ lookback_delta: '30d', max_samples_processed_error_threshold: '1e9', stats: 'all', limit: '5', tenant: 'x' },
    }
    const { request, timeoutSeconds } = plan(range, asked, { 'query.samplesMax': 20_000 })
    expect(timeoutSeconds).toBe(30)
    expect(request).toMatchObject({ method: 'POST', path: range })
    expect(request.query).toEqual({ max_samples_processed_error_threshold: '20000' })
    expect(Object.fromEntries(new URLSearchParams(request.form))).toEqual({
      query: 'rate(a{tenant="acme"}[5m]) / b{tenant="acme"}',
      ...{ start: '1799996400', end: '1800000000.5', step: '60', timeout: '30000ms', limit: '5', stats: 'all' },
    })
  })

  it('for labels without a match asks for all labels of the tenant in the time that the limits allow', () => {
    const limits = { 'query.rangeHoursMax': 24, 'query.lookbackDaysMax': 7 }
    expect(formOf('/api/v1/labels', {}, limits)).toEqual({
      'match[]': '{tenant="acme"}',
      start: `${nowS - day}`,
      end: `${nowS}`,
    })
    const { request } = plan('/api/v1/label/job/values', '', limits, 'match[]=up&match[]={a="b"}&limit=3')
    expect(request).toMatchObject({ method: 'GET', path: '/api/v1/label/job/values', form: '' })
    expect(request.query).toMatchObject({ 'match[]': ['up{tenant="acme"}', '{tenant="acme",a="b"}'], limit: ['3'] })
  })

  it('of a parameter that comes twice has the first, and that of the form before that of the URL', () => {
    expect(formOf(instant, 'query=up&timeout=5s&timeout=9s', {}, 'timeout=7s&query=other&stats=all')).toEqual({
      ...{ query: 'up{tenant="acme"}', timeout: '5000ms', stats: 'all' },
    })
    expect(plan('/api/v1/labels', 'match[]=a', {}, 'match[]=b').request.form).toMatch(/a%7B.*match%5B%5D=b%7B/)
  })

  it.each([
    ['a longer time than the limit', { start: `${nowS - 3 * day}`, end: `${nowS}` }, nowS - day, nowS],
    ['a longer time that ended', { start: '0', end: `${nowS - 6.5 * day}` }, nowS - 7 * day, nowS - 6.5 * day],
    ['a longer time that ends later', { start: '0', end: `${nowS + hour}` }, nowS - day, nowS + hour],
    ['a time within the limit', { start: `${nowS - hour}` }, nowS - hour, nowS],
  ])('for labels of %s covers the newest part that the limits allow', (_what, asked, start, end) => {
    const limits = { 'query.rangeHoursMax': 24, 'query.lookbackDaysMax': 7 }
    expect(formOf('/api/v1/labels', asked as Record<string, string>, limits)).toMatchObject({
      start: `${start}`,
      end: `${end}`,
    })
    expect(refusal('/api/v1/series', { 'match[]': 'up', start: '0' }, limits)).toEqual([422, 'query-range'])
  })

  it("has the shorter of the reader's timeout and the limit's", () => {
    expect(formOf(instant, { query: 'up', timeout: '1500ms' }).timeout).toBe('1500ms')
    expect(formOf(instant, { query: 'up', timeout: '2h' }, { 'query.timeoutSeconds': 7 }).timeout).toBe('7000ms')
  })
})

it.each([
  ['100 selectors at most', 'match[]=a&'.repeat(101)],
  ['200 parameters at most', '&'.repeat(200)],
])('a request with more is refused, because each takes time: %s', (_, parameters) => {
  expect(refusal('/api/v1/series', parameters)).toEqual([400, 'query-invalid'])
})

it('a request with 100 selectors is asked', () => {
  const { request } = plan('/api/v1/series', 'match[]=a&'.repeat(100))
  expect(new URLSearchParams(request.form).getAll('match[]')).toHaveLength(100)
})

describe('a limit', () => {
  it.each([
    ['of 2 h accepts a graph of 2 h', over('up', 2 * hour), 2, null],
    ['of 2 h accepts windows that begin within it', over('rate(up[30m])', 1.5 * hour), 2, null],
    ['of 2 h refuses a graph of 3 h', over('up', 3 * hour), 2, 'query-range'],
    ['of 2 h refuses a window that begins before it', over('rate(up[1h])', 1.5 * hour), 2, 'query-range'],
    [
      'of 2 h refuses a subquery that begins before it',
      over('max_over_time(rate(up[30m])[1h:])', hour),
      2,
      'query-range',
    ],
    ['of 2 h refuses two selectors too far apart', over('up - up offset 1h', 1.5 * hour), 2, 'query-range'],
    ['of 2 h refuses a selector at a fixed time long ago', over('up - up @ 1', hour), 2, 'query-range'],
  ])('of range %s', (_what, asked, rangeHoursMax, reason) => {
    expect(refusal(range, asked, { 'query.rangeHoursMax': rangeHoursMax })).toEqual(reason && [422, reason])
  })

  it.each([
    ['accepts an offset within it', instant, { query: 'up offset 1d' }, null],
    ['refuses an offset beyond it', instant, { query: 'up offset 8d' }, 'query-lookback'],
    ['refuses a window beyond it', instant, { query: 'rate(up[8d])' }, 'query-lookback'],
    ['refuses a time beyond it', instant, { query: 'up', time: `${nowS - 8 * day}` }, 'query-lookback'],
    ['refuses @ beyond it', instant, { query: `up @ ${nowS - 8 * day}` }, 'query-lookback'],
    ['refuses a graph that begins beyond it', range, over('up', hour, nowS - 7 * day), 'query-lookback'],
    [
      'refuses labels from before it',
      '/api/v1/labels',
      { start: `${nowS - 8 * day}`, end: `${nowS - 8 * day}` },
      'query-lookback',
    ],
    ['accepts a query that reads nothing', instant, { query: '1 + 1', time: '0' }, null],
  ])('of lookback %s', (_what, path, asked, reason) => {
    expect(refusal(path, asked as Record<string, string>, { 'query.lookbackDaysMax': 7 })).toEqual(
      reason && [422, reason],
    )
  })
})

it.each([
  ['a graph of as many points', range, over('up', 15 * 999), null],
  ['a graph of more points', range, over('up', 15 * 1_000), 'query-points'],
  ['a subquery of more points at one time', instant, { query: 'max_over_time(up[1h:3s])' }, 'query-points'],
  ['a query that reads nothing, at more times', range, over('vector(1)', 15 * 1_000), 'query-points'],
  ['a window, which computes no points', instant, { query: 'max_over_time(up[1d])' }, null],
])('the limit of points per series applies to %s', (_what, path, asked, reason) => {
  expect(refusal(path, asked as Record<string, string>, { 'query.pointsPerSeriesMax': 1_000 })).toEqual(
    reason && [422, reason],
  )
})

it.each([
  ['no query', instant, {}],
  ['no PromQL', instant, { query: 'up{' }],
  ['a range without a step', range, { query: 'up', start: '1', end: '2' }],
  ['an end before the start', range, { query: 'up', start: `${nowS}`, end: `${nowS - 1}`, step: '1' }],
  ['a step of 0', range, { ...over('up', 60), step: '0' }],
  ['a negative step', range, { ...over('up', 60), step: '-5m' }],
  ['a time in words', instant, { query: 'up', time: 'yesterday' }],
  ['a time that is too large', instant, { query: 'up', time: '1e99' }],
  ['a date that does not exist', instant, { query: 'up', time: '2026-02-30T25:00:00Z' }],
  ['a negative limit', instant, { query: 'up', limit: '-1' }],
  ['series without a match', '/api/v1/series', {}],
  ['a match that is not a selector', '/api/v1/series', { 'match[]': 'sum(up)' }],
  ['a match over a range', '/api/v1/series', { 'match[]': 'up[5m]' }],
])('%s is refused as invalid', (_what, path, asked) => {
  expect(refusal(path, asked as Record<string, string>)).toEqual([400, 'query-invalid'])
})

it('PromQL that would take long to parse is refused before it is parsed', () => {
  expect(refusal(instant, { query: `up{${'a="b",'.repeat(3_000)}}` })).toEqual([413, 'query-invalid'])
})

it.each([
  '/api/v1/query/',
  '/api/v1/Query',
  '/api/v1/label/a/b/values',
  '/api/v1/label/../values',
  '/api/v1/label//values',
  '/api/v1/constructor',
  '/api/v1/targets/metadata',
  '/api/v1/status/config',
  '/api/v1/admin/tsdb/delete_series',
])('%s is not a route', (path) => {
  expect(queryRouteOf(path)).toBeNull()
})
