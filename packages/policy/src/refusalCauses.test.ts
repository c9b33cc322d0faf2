import { describe, expect, it } from 'vitest'
import { maskedName, mergeRefusalCauses, type RefusalCauses } from './refusalCauses.ts'

describe('maskedName', () => {
  it.each([
    ['http_requests_total', 'http_requests_total'],
    ['node_cpu_seconds_total', 'node_cpu_seconds_total'],
    ['http.server.duration', 'http.server.duration'],
    ['p99_latency', 'p99_latency'],
    ['md5_checks_256', 'md5_checks_256'],
    ['player_76561198012345678_kills', 'player_#_kills'],
    ['match_3f2a9c1e7b_state', 'match_#_state'],
    ['defaced', 'defaced'],
    ['session_deadbeef_total', 'session_deadbeef_total'],
    ['mara@acme.example', '(not a plain name)'],
    ['mara lindqvist', '(not a plain name)'],
    ['', '(not a plain name)'],
    ['a'.repeat(500), 'a'.repeat(120)],
  ])('%s → %s', (name, shown) => expect(maskedName(name)).toBe(shown))
})

describe('mergeRefusalCauses', () => {
  const report = (since: string, samples: number, values: number): RefusalCauses => ({
    since,
    causes: [
      {
        reason: 'active-series',
        samples,
        metrics: [{ name: 'kills', samples }],
        labels: [{ name: 'match', values }],
        writers: [{ name: `writer-${samples}`, samples }],
      },
    ],
  })

  const refusedQueries = (queries: number, name: string) => ({
    reason: 'query-rate',
    queries,
    readers: [{ name, queries }],
  })

  it('adds samples and queries, keeps the most values that one gateway saw, and begins with the earliest', () => {
    const other = { reason: 'rate', samples: 9_000, metrics: [], labels: [], writers: [] }
    const second = report('2026-11-28T11:30:00.000Z', 20, 700)
    expect(
      mergeRefusalCauses([
        report('2026-11-28T12:00:00.000Z', 10, 900),
        {
          ...second,
          causes: [...second.causes, other],
          queries: [refusedQueries(1, 'grafana'), refusedQueries(2, 'cli')],
        },
        { since: '2026-11-28T12:00:00.000Z', causes: [], queries: [refusedQueries(5, 'grafana')] },
      ]),
    ).toEqual({
      since: '2026-11-28T11:30:00.000Z',
      causes: [
        other,
        {
          reason: 'active-series',
          samples: 30,
          metrics: [{ name: 'kills', samples: 30 }],
          labels: [{ name: 'match', values: 900 }],
          writers: [
            { name: 'writer-20', samples: 20 },
            { name: 'writer-10', samples: 10 },
          ],
        },
      ],
      queries: [
        {
          reason: 'query-rate',
          queries: 8,
          readers: [
            { name: 'grafana', queries: 6 },
            { name: 'cli', queries: 2 },
          ],
        },
      ],
    })
  })

  it('of no gateway is unknown', () => expect(mergeRefusalCauses([])).toBeNull())
})
