import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { good, instanceOf, times } from '../testing/instances.ts'
import { normal, randomFrom } from '../testing/random.ts'
import type { FigureName } from './figures.ts'
import type { Interval } from './interval.ts'
import { judge } from './judge.ts'
import type { JudgedInstance } from './points.ts'
import { type JudgePolicy, judgeSchema } from './policy.ts'

const policy: JudgePolicy = judgeSchema.parse({ warmUpSeconds: 0 })

type Changes = readonly Partial<Interval>[]
function judged(canary: Changes, baseline: Changes, changes: Partial<JudgePolicy> = {}, nowSeconds?: number) {
  const sides = { canary: [instanceOf('canary-1', canary)], baseline: [instanceOf('gateway-a', baseline)] }
  const now = nowSeconds ?? Math.max(canary.length, baseline.length) * 15 + 5
  return judge(sides, { ...policy, ...changes }, { comparedWaves: 1, nowSeconds: now })
}
const finding = (verdict: ReturnType<typeof judge>, about: string) =>
  verdict.findings.find((each) => each.about === about)

/** Values of one figure, as intervals. */
const firstBytes = (values: readonly number[]): Changes => values.map((value) => ({ firstByteP99Seconds: value }))
const onlyFirstByte = { figures: ['firstByteP99Seconds'] as FigureName[] }

describe('known cases of others', () => {
  it('rare errors, which a rank test lets pass, fail (kayenta#426)', () => {
    const lost = [0, 1, 2, 1, 0, 0]
    const verdict = judged(
      lost.map((samplesLost) => ({ samplesLost })),
      times(6, () => ({})),
    )
    expect(verdict.outcome).toBe('fail')
    expect(verdict.words).toContain('The canary lost 4 samples (canary-1: 4). One lost sample is too many.')
    expect(finding(verdict, 'firstByteP99Seconds')).toMatchObject({
      outcome: 'inconclusive',
      words: 'Time to first byte (p99): 6 of the 20 intervals that a comparison needs.',
    })
  })

  const [bad, fine] = [[...Array(7).fill(100), 1, 1, 1], Array(10).fill(1)]

  it('7 of 10 at 100 instead of 1 fail, if 10 are enough (spinnaker#6278)', () => {
    const verdict = judged(firstBytes(bad.toReversed()), firstBytes(fine), { ...onlyFirstByte, failPointsMin: 10 })
    expect(verdict.outcome).toBe('fail')
    // Below the hard limit, the rank test alone.
    const apart = [2.9, 2.9, 1, 2.9, 2.9, 1, 2.9, 2.9, 1, 2.9]
    const ranked = judged(firstBytes(apart), firstBytes(fine), { ...onlyFirstByte, failPointsMin: 10 })
    expect(finding(ranked, 'firstByteP99Seconds')).toMatchObject({
      outcome: 'fail',
      tests: { cliffsDelta: expect.closeTo(0.7, 12), rankPValue: expect.closeTo(0.001548, 6) },
    })
  })

  const narrow = [10, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 17, 17.1, 17.2, 17.3, 17.4, 17.5, 17.6, 17.7]
  const wide = [1, 100, 4, 101, 5, 102, 6, 103, 7, 104, 8, 105, 9, 106, 17]
  it.each([
    ['narrow beside wide', narrow, wide],
    ['wide beside narrow', wide, narrow],
  ])('the same middle and another shape never passes: %s (kayenta#780)', (_, canary, baseline) => {
    for (const rounds of [1, 2, 4, 8]) {
      const all = (values: number[]) => firstBytes(times(rounds, () => values).flat())
      const enough = { ...onlyFirstByte, failPointsMin: 15, passPointsMin: 15 }
      const verdict = judged(all(canary), all(baseline), enough)
      expect(verdict.outcome).not.toBe('pass')
      expect(Math.abs(finding(verdict, 'firstByteP99Seconds')?.tests?.cliffsDelta ?? 1)).toBeLessThan(0.02)
    }
  })

  it('equal values pass, with the same bytes each time (kayenta#343)', () => {
    const fives = firstBytes(Array(60).fill(5))
    const first = JSON.stringify(judged(fives, fives))
    expect(JSON.parse(first)).toMatchObject({ outcome: 'pass', words: 'The canary is no worse than the baseline.' })
    for (let i = 0; i < 20; i++) expect(JSON.stringify(judged(fives, fives))).toBe(first)
  })

  it('always one against always zero fails (kayenta#197)', () => {
    const ones = times(50, () => ({ responses429: good.requests }))
    const zeros = times(50, () => ({}))
    const verdict = judged(ones, zeros)
    expect(finding(verdict, 'responses429Ratio')).toMatchObject({ outcome: 'fail', canary: 1, baseline: 0 })
  })
})

it('a canary with less traffic than the others is not worse because of what a process does without traffic', () => {
  // 1.2 % of a core, and 20 µs more for each sample.
  const quiet = (samplesAdmitted: number) =>
    times(60, () => ({ samplesAdmitted, cpuSeconds: 0.18 + samplesAdmitted * 0.000_02 }))
  const verdict = judged(quiet(1_800), quiet(3_000))
  expect(finding(verdict, 'cpuSecondsPerSample')).toMatchObject({
    canary: expect.closeTo(0.000_12, 9),
    baseline: expect.closeTo(0.000_08, 9),
  })
  expect(verdict.outcome).toBe('pass')
})

describe('no evidence is not a pass', () => {
  const sixty = times(60, () => ({}))
  it.each<[string, Changes, Changes, string]>([
    ['nothing of the canary', [], sixty, 'no warm instance of the canary admitted 100 samples'],
    ['nothing of the baseline', sixty, [], 'no warm instance of the baseline'],
    ['NaN', times(60, () => ({ firstByteP99Seconds: Number.NaN })), sixty, '0 of the 20 intervals'],
    ['infinity', times(60, () => ({ memoryBytes: Number.POSITIVE_INFINITY })), sixty, 'Memory: 0 of the 20'],
    ['null', times(60, () => ({ cpuSeconds: null })), sixty, 'CPU per sample: 0 of the 20 intervals'],
    ['a count of less than nothing', times(60, () => ({ memoryBytes: -1 })), sixty, 'Memory: 0 of the 20'],
    [
      'no count of lost samples',
      times(60, () => ({ samplesLost: null })),
      sixty,
      'does not report whether it lost samples',
    ],
    [
      'no count of restarts',
      times(60, () => ({ restarts: Number.NaN })),
      sixty,
      'does not report whether it restarted',
    ],
    ['too few intervals to pass', sixty.slice(0, 49), sixty.slice(0, 49), 'from 50 intervals it can pass'],
    ['a canary without traffic', times(60, () => ({ samplesAdmitted: 0 })), sixty, 'no warm instance of the canary'],
  ])('%s', (_, canary, baseline, words) => {
    const verdict = judged(canary, baseline)
    expect(verdict.outcome).toBe('inconclusive')
    expect(verdict.words).toContain(words)
  })

  it('traffic that stops, after a time in which it was good', () => {
    expect(judged(sixty, sixty).outcome).toBe('pass')
    const stopped = [...sixty, ...times(40, () => ({ samplesAdmitted: 0, requests: 0 }))]
    const verdict = judged(
      stopped,
      times(100, () => ({})),
    )
    expect(verdict.outcome).toBe('inconclusive')
    expect(verdict.words).toContain('admitted 100 samples in an interval for 605 s')
  })

  it('whatever is missing, nothing passes that has not enough good intervals', () => {
    const gap = fc.constantFrom<Partial<Interval>>({}, { firstByteP99Seconds: null }, { samplesAdmitted: Number.NaN })
    fc.assert(
      fc.property(fc.array(gap, { minLength: 45, maxLength: 70 }), (canary) => {
        const whole = canary.filter((each) => Object.keys(each).length === 0).length
        const { outcome } = judged(
          canary,
          times(canary.length, () => ({})),
        )
        expect(outcome === 'pass' && whole < policy.passPointsMin).toBe(false)
        expect(outcome).not.toBe('fail')
      }),
      { numRuns: 50 },
    )
  })
})

describe('what is compared', () => {
  const warm = (id: string, intervals: Changes, readySeconds: number): JudgedInstance => ({
    ...instanceOf(id, intervals),
    readySeconds,
  })
  const baseline = [
    warm(
      'gateway-a',
      times(80, () => ({})),
      -3_600,
    ),
  ]
  const context = { comparedWaves: 1, nowSeconds: 80 * 15 + 5 }
  const withWarmUp = judgeSchema.parse({})

  it('40 % more CPU in the first 120 s is warm-up, which the verdict says, and no reason to fail', () => {
    const canary = [
      warm(
        'canary-1',
        times(80, (i) => ({ cpuSeconds: i < 8 ? 0.84 : 0.6 })),
        0,
      ),
    ]
    const verdict = judge({ canary, baseline }, withWarmUp, context)
    expect(verdict).toMatchObject({ outcome: 'pass', points: 72, fromSeconds: 120, toSeconds: 1_200 })
    expect(verdict.notes).toContain('The first 120 s of each instance were left out, because it warms up.')
  })

  it('a sample that is lost in the warm-up is lost too', () => {
    const canary = [
      warm(
        'canary-1',
        times(80, (i) => ({ samplesLost: i === 0 ? 1 : 0 })),
        0,
      ),
    ]
    expect(judge({ canary, baseline }, withWarmUp, context).outcome).toBe('fail')
  })

  it('an instance that gets no traffic yet takes no part, and no interval counts before it does', () => {
    const canary = [
      warm(
        'canary-1',
        times(80, (i) => ({ samplesAdmitted: i < 30 ? 99 : 30_000 })),
        -3_600,
      ),
    ]
    expect(judge({ canary, baseline }, withWarmUp, context)).toMatchObject({ outcome: 'pass', points: 50 })
  })

  it('an instance that goes silent is left out, and named', () => {
    const canary = [
      warm(
        'canary-1',
        times(80, () => ({})),
        -3_600,
      ),
      warm(
        'canary-2',
        times(40, () => ({})),
        -3_600,
      ),
      warm('canary-3', [], -3_600),
    ]
    const { notes, outcome } = judge({ canary, baseline }, withWarmUp, context)
    expect(outcome).toBe('pass')
    expect(notes).toEqual([
      'canary-2 (canary) has reported nothing for 605 s, and is not counted since.',
      'canary-3 (canary) has reported nothing, and is not counted.',
    ])
  })
})

describe('hard limits', () => {
  const hundred = times(100, () => ({}))
  const late = (changes: Partial<Interval>, count = 1) => times(100, (i) => (i >= 100 - count ? changes : {}))
  const slowAt = (i: number, bad: readonly number[]) => (bad.includes(i) ? { firstByteP99Seconds: 0.03 } : {})
  it.each<[string, Changes, Changes, boolean]>([
    ['one lost sample', late({ samplesLost: 1 }), hundred, true],
    ['one restart', late({ restarts: 1 }), hundred, true],
    ['5 % of one interval with 5xx', late({ responses5xx: 15 }), hundred, true],
    ['four 5xx of few requests', late({ responses5xx: 4, requests: 10 }), hundred, false],
    ['5xx as often as in the baseline', late({ responses5xx: 30 }), late({ responses5xx: 30 }), false],
    ['three times as slow for 45 s', late({ firstByteP99Seconds: 0.03 }, 3), hundred, true],
    ['three times as slow for 30 s', late({ firstByteP99Seconds: 0.03 }, 2), hundred, false],
    ['three times as slow, but for one of four intervals', times(100, (i) => slowAt(i, [96, 97, 99])), hundred, true],
    ['three times as slow in every other interval', times(100, (i) => slowAt(i, [94, 96, 98])), hundred, false],
    ['twice the CPU for a minute', late({ cpuSeconds: 1.2 }, 4), hundred, true],
    ['half as much memory again for a minute', late({ memoryBytes: 600 * 2 ** 20 }, 4), hundred, true],
  ])('%s', (_, canary, baseline, fails) => {
    expect(judged(canary, baseline).outcome === 'fail').toBe(fails)
  })

  it('says which, when, and beside what', () => {
    expect(judged(late({ responses5xx: 30 }), hundred).words).toBe(
      'The canary fails. Within 60 s the canary answered 30 requests with 5xx: 2.5 % of requests. Of the baseline’s it was 0 % of requests.',
    )
    expect(judged(late({ memoryBytes: 600 * 2 ** 20 }, 4), hundred).words).toBe(
      'The canary fails. In 3 of 4 intervals in a row the canary’s memory was at least 1.5 times the baseline’s, at last 600 MiB beside 400 MiB.',
    )
  })

  it('5xx without a baseline to compare with is held', () => {
    const verdict = judged(late({ responses5xx: 300 }), late({ requests: 0 }, 5))
    expect(verdict.outcome).toBe('inconclusive')
    expect(verdict.words).toContain('The baseline had no requests to compare with.')
  })

  it('are all that is judged in a wave that leaves no baseline', () => {
    const alone = { compares: false }
    expect(judged(hundred, [], alone)).toMatchObject({
      outcome: 'pass',
      words: 'The canary is within the hard limits.',
    })
    expect(judged(late({ responses5xx: 15 }), [], alone).outcome).toBe('fail')
    expect(judged([], [], alone).outcome).toBe('inconclusive')
  })
})

it('traffic that rises and falls does not hide that each interval is 30 % slower', () => {
  const random = randomFrom(3)
  const busy = times(112, (i) => 0.01 * (i < 56 ? 1 : 5) * Math.exp(normal(random) / 10))
  const slower = busy.map((value) => value * 1.3 * Math.exp(normal(random) / 10))
  const verdict = judged(firstBytes(slower), firstBytes(busy))
  expect(verdict.outcome).not.toBe('pass')
  expect(finding(verdict, 'firstByteP99Seconds')?.tests?.harmShare).toBeGreaterThan(0.7)
})

it('a difference just above what is harmless fails only with more intervals, because hosts differ', () => {
  const canary = firstBytes(times(112, (i) => (i % 5 < 3 ? 0.0116 : 0.0114)))
  const baseline = firstBytes(times(112, () => 0.01))
  const at = (count: number) =>
    finding(judged(canary.slice(0, count), baseline.slice(0, count)), 'firstByteP99Seconds')?.outcome
  expect([at(20), at(112)]).toEqual(['inconclusive', 'fail'])
})

it('between two looks the statistics say the same, so judging more often makes no false alarm', () => {
  const values = fc.array(fc.double({ min: 0.008, max: 0.02, noNaN: true }), { minLength: 27, maxLength: 27 })
  fc.assert(
    fc.property(values, values, (canary, baseline) => {
      const at = (n: number) =>
        finding(judged(firstBytes(canary.slice(0, n)), firstBytes(baseline.slice(0, n))), 'firstByteP99Seconds')
      expect(at(24)).toEqual(at(27))
    }),
    { numRuns: 30 },
  )
})
