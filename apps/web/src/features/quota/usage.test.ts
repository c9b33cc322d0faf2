import { resolveLimits } from '@tickwatch/policy'
import { describe, expect, it } from 'vitest'
import { daySentences, isStale, remedy, stateKind, stateSentence, type UsageNow, withLiveFigures } from './usage.ts'

const at = Date.parse('2026-11-23T17:00:00.000Z')
const usage: UsageNow = {
  asOf: '2026-11-23T17:00:00.000Z',
  refusedByReason: [],
  refusedQueries: [],
  quota: { revision: 3, requestsChangedAt: null },
  refused24h: { samples: 0, requests: 0, queries: 0, lostSamples: 0, lostRequests: 0, byLimit: {} },
  sampleAgeSeconds: 0.4,
  historyMissing: null,
  meters: [
    {
      limit: 'ingest.samplesPerSecond',
      used: 31_000,
      refusedPerSecond: 0,
      max: 50_000,
      p99: 48_000,
      sparkline: [
        [at / 1000 - 890, 10],
        [at / 1000 - 15, 20],
      ],
    },
    { limit: 'series.activeMax', used: 10_000, refusedPerSecond: 0, max: 100_000, p99: null, sparkline: [] },
  ],
}

describe('the sentence under the title', () => {
  it('names the limit with the highest use', () => {
    expect(stateSentence('acme', usage)).toBe('acme is using 62 % of its ingest rate; nothing was refused in 24 h.')
  })

  it('does not mention 24 h if past use is unknown', () => {
    expect(stateSentence('acme', { ...usage, refused24h: null })).toBe(
      'acme is using 62 % of its ingest rate; nothing is refused now.',
    )
  })

  it('says what is refused now, over which limit, and why', () => {
    const refused: UsageNow = {
      ...usage,
      refusedByReason: [{ reason: 'rate', samplesPerSecond: 1_204.2 }],
      meters: usage.meters.map((m) => ({ ...m, used: m.max })),
    }
    expect(stateSentence('acme', refused)).toBe('Refused: 1,204 samples/s over acme’s 50,000 samples/s (rate).')
    const label: UsageNow = { ...usage, refusedByReason: [{ reason: 'label-name', samplesPerSecond: 3 }] }
    expect(stateSentence('acme', label)).toBe(
      'Refused: 3 samples/s: a label that the schema does not allow (label-name).',
    )
    const unread: UsageNow = { ...usage, refusedByReason: [{ reason: 'suspended', samplesPerSecond: 3 }] }
    expect(stateSentence('acme', unread)).toBe('Refused: 3 requests/s: the tenant is suspended (suspended).')
  })

  it('says which queries are refused now, and is bad unless they are only wrong', () => {
    const refused: UsageNow = { ...usage, refusedQueries: [{ reason: 'query-concurrent', queriesPerSecond: 60.2 }] }
    expect(stateSentence('acme', refused)).toBe(
      'Refused: 60 queries/s: queries over the concurrent queries limit (query-concurrent).',
    )
    expect(stateKind(refused)).toBe('bad')
    const wrong: UsageNow = { ...usage, refusedQueries: [{ reason: 'query-invalid', queriesPerSecond: 0.2 }] }
    expect(stateSentence('acme', wrong)).toMatch(/^Refused: 1 queries\/s: a query that is not PromQL/)
    expect(stateKind(wrong)).toBe('calm')
  })

  it('says that the demand is below the limit, if that was just raised: the last refusals were over the old one', () => {
    const raised: UsageNow = {
      ...usage,
      refusedByReason: [{ reason: 'rate', samplesPerSecond: 1_000 }],
      meters: usage.meters.map((m) => ({ ...m, used: 31_000 })),
    }
    expect(stateSentence('acme', raised)).toBe(
      'Refused: 1,000 samples/s in the last 5 s (rate); the demand of 32,000 samples/s is below acme’s 50,000 samples/s now.',
    )
  })

  it('says that the series fit, if they are far from the limit: gateways have just got their shares', () => {
    const series = usage.meters.map((m) => (m.limit === 'series.activeMax' ? { ...m, used: 3_310, max: 20_000 } : m))
    const starting: UsageNow = {
      ...usage,
      meters: series,
      refusedByReason: [{ reason: 'active-series', samplesPerSecond: 83 }],
    }
    expect(stateSentence('acme', starting)).toBe(
      'Refused: 83 samples/s in the last 5 s (active-series); the demand of 3,310 series is below acme’s 20,000 series now.',
    )
  })

  it('announces refusals while the burst still allows more than the rate', () => {
    const over: UsageNow = { ...usage, meters: usage.meters.map((m) => ({ ...m, used: m.max * 1.2 })) }
    expect(stateSentence('acme', over)).toBe(
      'acme sends 120 % of its ingest rate, which uses up its burst. Refusals begin when the burst is empty.',
    )
  })

  it('counts all of a limit as used, and not as over it', () => {
    const all: UsageNow = { ...usage, meters: usage.meters.map((m) => ({ ...m, used: m.max })) }
    expect(stateSentence('acme', all)).toBe('acme is using 100 % of its ingest rate; nothing was refused in 24 h.')
  })

  it('names the limit if use is equal to it and something is refused', () => {
    const refusedByReason: UsageNow['refusedByReason'] = [{ reason: 'rate', samplesPerSecond: 19_000 }]
    expect(stateSentence('acme', { ...usage, refusedByReason })).toBe(
      'Refused: 19,000 samples/s over acme’s 50,000 samples/s (rate).',
    )
  })

  it.each([
    [79_999, 'calm'],
    [80_000, 'warning'],
    [100_000, 'warning'],
  ])('is a warning from 80 %% of a limit: %i of 100,000', (used, kind) => {
    const meters = usage.meters.map((m) => (m.limit === 'series.activeMax' ? { ...m, used } : m))
    expect(stateKind({ ...usage, meters })).toBe(kind)
  })

  it('says that senders catch up, and does not count their retries as harm', () => {
    const replay: UsageNow = {
      ...usage,
      meters: usage.meters.map((m) => ({ ...m, used: m.max })),
      refusedByReason: [{ reason: 'rate', samplesPerSecond: 957 }],
    }
    const catchUp = { state: 'catching-up', lateSeconds: 12, forSeconds: 15 } as const
    expect(stateSentence('acme', replay, catchUp)).toBe(
      'Senders are catching up with their backlog, for about 15 s more: samples arrive 12 s late. In the last 5 s 957 samples/s were refused for a while (429 or 529).',
    )
    expect(stateKind(replay, catchUp)).toBe('warning')
    const after = { state: 'caught-up' } as const
    expect(stateSentence('acme', replay, after)).toBe(
      'Senders have caught up with their backlog. In the last 5 s 957 samples/s were refused for a while (429 or 529).',
    )
    expect(remedy(replay, { resolved: resolveLimits({}), envelope: {} }, after)).toBeNull()
    expect(stateSentence('acme', usage, after)).toBe(stateSentence('acme', usage))
    const lost: UsageNow = { ...replay, refusedByReason: [{ reason: 'label-name', samplesPerSecond: 3 }] }
    expect(stateSentence('acme', lost, catchUp)).toContain('Refused: 3 samples/s: a label')
    expect(stateKind(lost, catchUp)).toBe('bad')
    expect(stateSentence('acme', replay, { state: 'behind', lateSeconds: 14 })).toBe(
      'Refused: 957 samples/s over acme’s 50,000 samples/s (rate). Senders keep a backlog: samples arrive 14 s late.',
    )
  })

  it('says when no gateway reports', () => {
    const silent: UsageNow = { ...usage, meters: usage.meters.map((m) => ({ ...m, used: null })) }
    expect(stateSentence('acme', silent)).toContain('No gateway reports on acme')
  })
})

describe('what a tenant can do about refusals', () => {
  const refused: UsageNow = {
    ...usage,
    meters: usage.meters.map((m) => ({ ...m, used: m.max })),
    refusedByReason: [
      { reason: 'label-name', samplesPerSecond: 3 },
      { reason: 'rate', samplesPerSecond: 1_204 },
    ],
  }
  const resolved = resolveLimits({ 'ingest.samplesPerSecond': 50_000 }, {})
  const upTo = (max: number) => ({ resolved, envelope: { 'ingest.samplesPerSecond': { min: 1, max } } })

  it('is to raise the limit that refuses most, as far as the envelope goes', () => {
    expect(remedy(refused, upTo(80_000))).toEqual({
      limit: 'ingest.samplesPerSecond',
      words: 'You can raise it to 80,000 samples/s at once.',
    })
  })
  it('is to ask, at the top of the envelope and without one', () => {
    const words = 'It is at the highest value that you can set alone. A platform approver decides about more.'
    expect(remedy(refused, upTo(50_000))?.words).toBe(words)
    expect(remedy(refused, { resolved, envelope: {} })?.words).toBe(words)
  })
  it('is null if a label is the reason, or if nothing is refused', () => {
    const label = { ...usage, refusedByReason: [{ reason: 'label-name' as const, samplesPerSecond: 3 }] }
    expect(remedy(label, upTo(80_000))).toBeNull()
    expect(remedy(usage, upTo(80_000))).toBeNull()
  })
  it('is to raise the limit that refuses, also if it has no meter', () => {
    const burst = { ...usage, refusedByReason: [{ reason: 'burst' as const, samplesPerSecond: 3_000 }] }
    const envelope = { 'ingest.burstSamples': { min: 1, max: 60_000 } }
    expect(remedy(burst, { resolved, envelope })).toEqual({
      limit: 'ingest.burstSamples',
      words: 'You can raise burst to 60,000 samples at once.',
    })
  })
  it('is null while senders catch up, because their backlog ends by itself, and until that is known', () => {
    expect(remedy(refused, upTo(80_000), { state: 'catching-up', lateSeconds: 12, forSeconds: 15 })).toBeNull()
    expect(remedy(refused, upTo(80_000), { state: 'unknown', lateSeconds: 12 })).toBeNull()
    expect(remedy(refused, upTo(80_000), { state: 'behind', lateSeconds: 12 })).not.toBeNull()
  })
  it('is null if the limit was just raised above the demand', () => {
    expect(remedy({ ...refused, meters: usage.meters }, upTo(80_000))).toBeNull()
  })
})

describe('live figures', () => {
  it('replace the previous ones, and the sparkline gets a new point', () => {
    const live = {
      asOf: new Date(at + 20_000).toISOString(),
      refusedByReason: [],
      refusedQueries: [],
      quota: { revision: 4, requestsChangedAt: null },
      sampleAgeSeconds: 1,
      meters: [{ limit: 'ingest.samplesPerSecond' as const, used: 40_000, refusedPerSecond: 5, max: 60_000 }],
    }
    const now = withLiveFigures(usage, live)
    const [samples, series] = now.meters
    expect(now.quota.revision).toBe(4)
    expect(samples).toMatchObject({ used: 40_000, refusedPerSecond: 5, max: 60_000, p99: 48_000 })
    expect(samples?.sparkline).toEqual([
      [at / 1000 - 15, 20],
      [at / 1000 + 20, 40_000],
    ])
    expect(series?.used).toBe(10_000)
  })

  it('are stale if no gateway reported for 15 s', () => {
    expect(isStale(usage.asOf, at + 15_000)).toBe(false)
    expect(isStale(usage.asOf, at + 15_001)).toBe(true)
    expect(isStale(null, at)).toBe(false)
  })
})

describe('what is said of a day', () => {
  const nothing = { samples: 0, requests: 0, queries: 0, lostSamples: 0, lostRequests: 0, byLimit: {} }
  it('keeps apart what is lost and what senders may send again', () => {
    expect(daySentences({ ...nothing, samples: 123_000, lostSamples: 53_000, requests: 12 })).toEqual([
      'In the last 24 h 53 k samples were refused for good (4xx other than 429): senders drop them, so they are lost.',
      '70 k samples and 12 requests that were not read more were refused for a while (429, 529 or 503); each retry counts again. They are stored if their sender came back in time. What a sender gave up, only its own log says.',
    ])
  })
  it('does not say that something was lost if senders could send all of it again', () => {
    const back = daySentences({ ...nothing, samples: 800 })
    expect(back).toEqual([
      expect.stringMatching(/^In the last 24 h 800 samples were refused for a while \(429, 529 or 503\)/),
    ])
    expect(daySentences({ ...nothing, samples: 800, lostSamples: 800 }).join(' ')).not.toContain('503);')
    expect(daySentences(nothing)).toEqual(['Nothing was refused in the last 24 h.'])
  })
  it('names refused queries, also if nothing else was refused', () => {
    expect(daySentences({ ...nothing, queries: 3_600 })).toEqual([
      'In the last 24 h 3.6 k queries were refused, retries included.',
    ])
    expect(stateSentence('acme', { ...usage, refused24h: { ...nothing, queries: 3_600 } })).toBe(
      'acme is using 62 % of its ingest rate; nothing is refused now. In the last 24 h 3.6 k queries were refused, retries included.',
    )
    expect(daySentences({ ...nothing, samples: 800, lostSamples: 800, queries: 12 })).toEqual([
      expect.stringMatching(/^In the last 24 h 800 samples were refused for good/),
      'In the last 24 h 12 queries were refused, retries included.',
    ])
  })
  it('is not that nothing was refused, if something was since the totals were loaded', () => {
    const live = { ...usage, refusedByReason: [{ reason: 'rate' as const, samplesPerSecond: 5 }] }
    const queries = { ...usage, refusedQueries: [{ reason: 'query-rate' as const, queriesPerSecond: 5 }] }
    for (const each of [live, queries]) {
      const after = withLiveFigures(withLiveFigures(usage, each), { ...live, refusedByReason: [], refusedQueries: [] })
      expect(stateSentence('acme', after)).toBe('acme is using 62 % of its ingest rate; nothing is refused now.')
    }
  })
  it('stands under the title with its retries', () => {
    expect(stateSentence('acme', { ...usage, refused24h: { ...nothing, samples: 123_000 } })).toBe(
      'acme is using 62 % of its ingest rate; nothing is refused now. In the last 24 h 123 k samples were refused, retries included.',
    )
  })
})
