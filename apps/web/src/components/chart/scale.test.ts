import { describe, expect, it, vi } from 'vitest'
import {
  bandsIn,
  groupMarkers,
  highest,
  lowest,
  spreadLabels,
  summarise,
  timeTicks,
  valueTicks,
  withGaps,
} from './scale.ts'

const point = (t: number, used: number | null, refused: number | null = 0, limit: number | null = 100) => ({
  t,
  used,
  refused,
  limit,
})

describe('the value axis', () => {
  it.each([
    [0, [0, 1]],
    [4, [0, 1, 2, 3, 4]],
    [0.3, [0, 0.1, 0.2, 0.3]],
    [80_000, [0, 20_000, 40_000, 60_000, 80_000]],
    [81_000, [0, 25_000, 50_000, 75_000, 100_000]],
  ])('starts at zero and covers %d in round steps', (max, ticks) => {
    expect(valueTicks(max)).toEqual(ticks)
  })

  it.each([
    [100, -2_677, [-3_000, -2_000, -1_000, 0, 1_000]],
    [0, -40, [-40, -30, -20, -10, 0]],
    [44, -1, [-20, 0, 20, 40, 60]],
  ])('covers %d and, of an overspent budget, %d', (max, min, ticks) => {
    expect(valueTicks(max, min)).toEqual(ticks)
  })

  it('begins at zero, or at the lowest of what was used', () => {
    expect(lowest([point(0, 90), point(1, null)])).toBe(0)
    expect(lowest([point(0, 90), point(1, -20), point(2, null)])).toBe(-20)
  })

  it('is high enough for used and refused together, because both were asked for', () => {
    expect(highest([point(0, 90, 60), point(1, 20)])).toBe(150)
  })

  it('ignores the limit of a period without traffic, but not the limit now', () => {
    expect(highest([point(0, null, null, 10_000), point(1, 20, 0, 500), point(2, null, null, 800)])).toBe(800)
  })
})

describe('the time axis', () => {
  const from = Date.parse('2026-11-23T10:10:00Z')
  it('has its ticks at round times', () => {
    const ticks = timeTicks(from, from + 6 * 3_600_000, 'UTC', 6)
    expect(ticks.map((t) => new Date(t * 1000).toISOString().slice(11, 16))).toEqual([
      '11:00',
      '12:00',
      '13:00',
      '14:00',
      '15:00',
      '16:00',
    ])
  })

  it('has one tick a day at midnight when daylight saving time ends', () => {
    vi.stubEnv('TZ', 'Europe/Berlin')
    const start = Date.parse('2026-10-23T10:00:00Z')
    const ticks = timeTicks(start, start + 5 * 86_400_000, 'local', 6)
    expect(ticks.map((t) => new Date(t * 1000).toISOString().slice(0, 16))).toEqual([
      '2026-10-23T22:00',
      '2026-10-24T22:00',
      '2026-10-25T23:00',
      '2026-10-26T23:00',
      '2026-10-27T23:00',
    ])
    vi.unstubAllEnvs()
  })

  it('has at most one tick more than asked for', () => {
    for (const hours of [1, 6, 24, 24 * 7, 24 * 31]) {
      expect(timeTicks(from, from + hours * 3_600_000, 'UTC', 5).length).toBeLessThanOrEqual(6)
    }
  })
})

it('draws missing data as a gap, but not a single late point', () => {
  const points = [point(0, 1), point(15, 1), point(45, 1), point(300, 1)]
  expect(withGaps(points, 15).map((p) => p.used)).toEqual([1, 1, 1, null, 1])
})

describe('the summary for screen readers', () => {
  const text = (points: ReturnType<typeof point>[]) => summarise('Samples', 'samples/s', points, 0, 3_600_000, 'UTC')
  it('names span, extremes, limit and what was refused', () => {
    expect(text([point(0, 10), point(15, 90, 40), point(30, 50)])).toBe(
      'Samples from 1 Jan 1970, 00:00:00 UTC to 1 Jan 1970, 01:00:00 UTC: between 10 and 90 samples/s, last 50 samples/s. The limit is 100 samples/s. Up to 40 samples/s were refused.',
    )
  })
  it('says whether something was refused only if refusals are recorded', () => {
    expect(text([point(0, 10), point(15, 20)])).toContain('It shows no refusals.')
    expect(text([point(0, 10, null), point(15, 20, null)])).not.toContain('refused')
  })
  it('names the maintenance windows in it', () => {
    const areas = bandsIn(
      [
        { fromMs: -60_000, toMs: 60_000 },
        { fromMs: 9e9, toMs: 9e9 + 1 },
      ],
      0,
      3_600_000,
    )
    expect(areas).toEqual([{ fromMs: 0, toMs: 60_000 }])
    expect(summarise('Bad', '%', [point(0, 1)], 0, 3_600_000, 'UTC', areas)).toMatch(
      / Maintenance from 1 Jan 1970, 00:00:00 UTC to 1 Jan 1970, 00:01:00 UTC\.$/,
    )
  })
  it('says that nothing was measured rather than zero', () => {
    expect(text([point(0, null, null)])).toContain('nothing was measured')
  })
})

describe('labels beside their lines', () => {
  it('are at the height of their lines if there is room', () => {
    expect(spreadLabels([40, 100, 10], 14, 0, 200)).toEqual([40, 100, 10])
  })
  it('do not overlap and stay in order if the lines meet', () => {
    expect(spreadLabels([100, 100, 95], 14, 0, 200)).toEqual([109, 123, 95])
  })
  it('stay inside the chart', () => {
    expect(spreadLabels([195, 199, 1], 14, 7, 200)).toEqual([186, 200, 7])
  })
})

it('changes that follow each other closely share one marker', () => {
  const marker = (at: number) => ({
    id: String(at),
    at,
    change: `change at ${at}`,
    who: { name: 'Ada', reason: 'launch' },
  })
  const groups = groupMarkers([marker(90), marker(10), marker(18), marker(25)], 10)
  expect(groups.map((group) => group.map(({ at }) => at))).toEqual([[10, 18, 25], [90]])
})

it('draws of each band what is in the range', () => {
  const bands = [
    { fromMs: 0, toMs: 20 },
    { fromMs: 30, toMs: 40 },
    { fromMs: 90, toMs: 200 },
    { fromMs: 0, toMs: 10 },
  ]
  expect(bandsIn(bands, 10, 100)).toEqual([
    { fromMs: 10, toMs: 20 },
    { fromMs: 30, toMs: 40 },
    { fromMs: 90, toMs: 100 },
  ])
})
