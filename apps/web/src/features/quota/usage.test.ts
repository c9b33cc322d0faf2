import { resolveLimits } from '@tickwatch/policy'
import { describe, expect, it } from 'vitest'
import { historySentence, isStale, remedy, stateKind, stateSentence, type UsageNow, withLiveFigures } from './usage.ts'

const at = Date.parse('2026-11-23T17:00:00.000Z')
const usage: UsageNow = {
  asOf: '2026-11-23T17:00:00.000Z',
  refusedByReason: [],
  refused24h: 0,
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
  it('names the limit that is nearest', () => {
    expect(stateSentence('acme', usage)).toBe('acme is using 62 % of its ingest rate; nothing was refused in 24 h.')
  })

  it('does not claim 24 h that it can’t know', () => {
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

  it('names no limit that is kept: after a raise the last refusals were over the old one', () => {
    const raised: UsageNow = {
      ...usage,
      refusedByReason: [{ reason: 'rate', samplesPerSecond: 1_000 }],
      meters: usage.meters.map((m) => ({ ...m, used: 31_000 })),
    }
    expect(stateSentence('acme', raised)).toBe(
      'Refused: 1,000 samples/s in the last 5 s (rate); what is asked, 32,000 samples/s, fits under acme’s 50,000 samples/s.',
    )
  })

  it('names no limit of series that is far: gateways were just handed their shares of it', () => {
    const series = usage.meters.map((m) => (m.limit === 'series.activeMax' ? { ...m, used: 3_310, max: 20_000 } : m))
    const starting: UsageNow = {
      ...usage,
      meters: series,
      refusedByReason: [{ reason: 'active-series', samplesPerSecond: 83 }],
    }
    expect(stateSentence('acme', starting)).toBe(
      'Refused: 83 samples/s in the last 5 s (active-series); what is asked, 3,310 series, fits under acme’s 20,000 series.',
    )
  })

  it('announces refusals while the burst still carries what is over the rate', () => {
    const over: UsageNow = { ...usage, meters: usage.meters.map((m) => ({ ...m, used: m.max * 1.2 })) }
    expect(stateSentence('acme', over)).toBe(
      'acme sends 120 % of its ingest rate, out of its burst: refusals begin when that is spent.',
    )
  })

  it('counts all of a limit as used, and not as over it', () => {
    const all: UsageNow = { ...usage, meters: usage.meters.map((m) => ({ ...m, used: m.max })) }
    expect(stateSentence('acme', all)).toBe('acme is using 100 % of its ingest rate; nothing was refused in 24 h.')
  })

  it('names the limit when what is asked is just as much, and still something is refused', () => {
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
    const words = 'It is as high as you may set it yourself; a platform approver decides on more.'
    expect(remedy(refused, upTo(50_000))?.words).toBe(words)
    expect(remedy(refused, { resolved, envelope: {} })?.words).toBe(words)
  })
  it('is nothing about limits where a label is what is refused, or nothing is', () => {
    const label = { ...usage, refusedByReason: [{ reason: 'label-name' as const, samplesPerSecond: 3 }] }
    expect(remedy(label, upTo(80_000))).toBeNull()
    expect(remedy(usage, upTo(80_000))).toBeNull()
  })
  it('is nothing where it was just raised, and what is asked fits', () => {
    expect(remedy({ ...refused, meters: usage.meters }, upTo(80_000))).toBeNull()
  })
})

describe('live figures', () => {
  it('replace the known ones, and the sparkline moves on', () => {
    const live = {
      asOf: new Date(at + 20_000).toISOString(),
      refusedByReason: [],
      meters: [{ limit: 'ingest.samplesPerSecond' as const, used: 40_000, refusedPerSecond: 5, max: 60_000 }],
    }
    const [samples, series] = withLiveFigures(usage, live).meters
    expect(samples).toMatchObject({ used: 40_000, refusedPerSecond: 5, max: 60_000, p99: 48_000 })
    expect(samples?.sparkline).toEqual([
      [at / 1000 - 15, 20],
      [at / 1000 + 20, 40_000],
    ])
    expect(series?.used).toBe(10_000)
  })

  it('are stale once the gateways have been silent for 15 s', () => {
    expect(isStale(usage.asOf, at + 15_000)).toBe(false)
    expect(isStale(usage.asOf, at + 15_001)).toBe(true)
    expect(isStale(null, at)).toBe(false)
  })
})

describe('the sentence above the chart', () => {
  const point = (used: number | null, refused: number | null) => ({ t: 0, used, refused, limit: 50_000 })
  const history = { limit: 'ingest.samplesPerSecond' as const, stepSeconds: 300, changes: [], historyMissing: null }
  it('names the highest use and what was refused for how long', () => {
    const points = [point(48_000, 0), point(50_000, 1_200), point(50_000, 2_400), point(null, null)]
    expect(historySentence({ ...history, points }, 'in the last 24 h', 50_000)).toBe(
      'Highest use in the last 24 h: 50 k samples/s, limit now 50 k samples/s; refused for 10 min, at most 2.4 k samples/s.',
    )
    expect(historySentence({ ...history, points: points.slice(0, 1) }, 'in the last hour', null)).toBe(
      'Highest use in the last hour: 48 k samples/s, limit now 50 k samples/s; no refusal is recorded.',
    )
  })

  it('says nothing of refusals where they are not recorded', () => {
    const points = [point(9_000, null), point(10_000, null)]
    expect(historySentence({ ...history, limit: 'series.activeMax', points }, 'in the last hour', 20_000)).toBe(
      'Highest use in the last hour: 10 k series, limit now 20 k series.',
    )
  })

  it('claims nothing where nothing was measured', () => {
    expect(historySentence({ ...history, points: [point(null, null)] }, 'in the last hour', null)).toBe(
      'Nothing was measured in the last hour.',
    )
  })
})
