import { builtInDefinitions, type Definition, type Episode, workbookBurns } from '@tickwatch/slo'
import { describe, expect, it } from 'vitest'
import { byCause } from './slo.causes.ts'
import { episodesView } from './slo.episodes.ts'
import { draftOf } from './slo.whatIf.ts'

const points = (...values: (number | null)[]): [number, number | null][] => values.map((value, i) => [i * 60, value])

describe('the bad events by cause', () => {
  const answer = [
    { labels: { reason: 'rate', tenant_id: 'acme' }, points: points(1, 2, null) },
    { labels: { reason: 'request-rate', tenant_id: 'acme' }, points: points(0, 1, 0) },
    { labels: { reason: 'upstream', tenant_id: 'acme' }, points: points(7, 0, 0) },
    { labels: { reason: 'upstream', tenant_id: 'globex' }, points: points(90, 0, 0) },
    { labels: { reason: 'of a newer release', tenant_id: 'acme' }, points: points(1, 0, 0) },
    { labels: { reason: 'not-ready', tenant_id: 'acme' }, points: points(0, 0, 0) },
  ]

  it('are those of the group, and only its', () => {
    expect(byCause(answer, 'reason', { tenant_id: 'acme' })).toEqual([
      { cause: 'tenant', bad: 4, values: ['rate', 'request-rate'] },
      { cause: 'aws', bad: 7, values: ['upstream'] },
      { cause: 'unknown', bad: 1, values: ['of a newer release'] },
    ])
  })

  it('are those of all groups together', () => {
    expect(byCause(answer, 'reason', null)).toContainEqual({ cause: 'aws', bad: 97, values: ['upstream'] })
  })
})

it('counts episodes by alert, and one that still fires up to the end', () => {
  const episode = (alert: Episode['alert'], fromSeconds: number, toSeconds: number | null): Episode => ({
    ...{ alert, fromSeconds, toSeconds, group: '[]' },
  })
  const view = episodesView([episode('ticket', 0, 50), episode('page', 10, 20), episode('page', 60, null)], 100)
  expect(view.byAlert).toEqual([
    { alert: 'page', count: 2, seconds: 50, longestSeconds: 40 },
    { alert: 'ticket', count: 1, seconds: 50, longestSeconds: 50 },
  ])
  expect(view.newest.map(({ fromSeconds }) => fromSeconds)).toEqual([60, 10, 0])
})

it('refuses a draft that could not be saved, and says why', () => {
  const [freshness] = builtInDefinitions as [Definition]
  const draft = { objective: 0.9, alerting: { burns: [...workbookBurns], badEventsMin: 10 } }
  expect(() => draftOf(freshness, draft)).toThrow('This alert can never fire')
  expect(draftOf(freshness, { ...draft, objective: 0.99 }).objective).toBe(0.99)
})
