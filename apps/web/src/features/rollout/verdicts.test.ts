import { describe, expect, it } from 'vitest'
import {
  chartRange,
  drawnChart,
  type Finding,
  findingTitle,
  findingValue,
  headline,
  newestFirst,
  testWords,
  type WaveVerdict,
  worstFirst,
} from './verdicts.ts'

const finding = (about: string, outcome: Finding['outcome'] = 'pass') =>
  ({ about, outcome, words: '', canary: null, baseline: null, tests: null }) as Finding

describe('a value of a finding', () => {
  it.each([
    ['Time to first byte (p99): 41 ms', 'firstByteP99Seconds', 0.041],
    ['CPU per sample: 12.4 µs', 'cpuSecondsPerSample', 0.000_012_4],
    ['Memory: 312 MiB', 'memoryBytes', 312 * 2 ** 20],
    ['5xx responses: 1.2 %', 'responses5xxRatio', 0.012],
    ['Samples lost: 1', 'samplesLost', 1],
    ['Traffic: –', 'traffic', null],
    ['ofANewerRelease: 7', 'ofANewerRelease', 7],
  ])('is shown as %s', (shown, about, value) => {
    expect(`${findingTitle(finding(about))}: ${findingValue(finding(about), value)}`).toBe(shown)
  })
})

it('says the numbers behind a comparison', () => {
  const tests = {
    ...{ points: 24, harmShare: 0.75, harmShareMin: 0.6, cliffsDelta: 0.4142, rankPValue: 0.002_04 },
    ...{ worseShare: 0.3, shapePValue: 0.000_000_3, failBelow: 0.0012 },
  }
  expect(testWords({ tests })).toBe(
    '24 intervals, in 75 % of them worse by more than is harmless (fails from 60 % on). ' +
      'Ranks: p = 0.002, Cliff’s δ = 0.41. ' +
      'Shape: p = under 0.0001, worse than the baseline at the same rank in 30 %. ' +
      'Fails below p = 0.0012.',
  )
  expect(testWords({ tests: null })).toBe('')
})

it.each([
  ['The words of the judge.', 'fail', [finding('restarts', 'fail'), finding('traffic')]],
  [
    'The canary fails in 2 of 3 figures.',
    'fail',
    [finding('restarts', 'fail'), finding('memoryBytes', 'fail'), finding('traffic')],
  ],
  [
    'Not decided yet: 2 of 2 figures need more.',
    'inconclusive',
    [finding('traffic', 'inconclusive'), finding('memoryBytes', 'inconclusive')],
  ],
  ['The words of the judge.', 'pass', [finding('restarts'), finding('traffic')]],
  // Nobody could judge, so there are no findings.
  ['The words of the judge.', 'inconclusive', []],
] as const)('says the verdict in a sentence: %s', (sentence, outcome, findings) => {
  expect(headline({ outcome, words: 'The words of the judge.', findings: [...findings] })).toBe(sentence)
})

it('shows what fails first, and the verdict of the last wave before the others', () => {
  const findings = [finding('traffic'), finding('memoryBytes', 'inconclusive'), finding('restarts', 'fail')]
  expect(worstFirst(findings).map(({ about }) => about)).toEqual(['restarts', 'memoryBytes', 'traffic'])
  const verdicts = [{ wave: 0 }, { wave: 2 }, { wave: 1 }] as WaveVerdict[]
  expect(newestFirst(verdicts).map(({ wave }) => wave)).toEqual([2, 1, 0])
})

describe('a chart', () => {
  const point = (t: number, canary: number | null) => ({ t, canary, baseline: 0.03 })
  const chart = {
    ...{ figure: 'firstByteP99Seconds', title: 'time to first byte (p99)', unit: 's' },
    points: [point(1_000, 0.041), point(1_015, null), point(1_060, 0.05)],
  } as Parameters<typeof drawnChart>[0]

  it('is drawn in the unit in which people read it, and keeps its gaps', () => {
    expect(drawnChart(chart)).toMatchObject({
      ...{ title: 'Time to first byte (p99)', unit: 'ms', stepSeconds: 15 },
      points: [{ canary: 41 }, { canary: null, baseline: 30 }, { canary: 50 }],
    })
  })
  it('of a newer release is drawn as it comes', () => {
    const newer = { ...chart, figure: 'gc', title: 'pauses' } as unknown as typeof chart
    expect(drawnChart(newer)).toMatchObject({ title: 'Pauses', unit: 's', points: [{ canary: 0.041 }, {}, {}] })
  })
  it('shares its time with the others', () => {
    const later = { ...chart, points: [point(1_200, 1)] }
    expect(chartRange([chart, later])).toEqual({ fromMs: 1_000_000, toMs: 1_200_000 })
    expect(chartRange([later])).toEqual({ fromMs: 1_140_000, toMs: 1_200_000 })
    expect(chartRange([{ ...chart, points: [] }])).toBeNull()
  })
})
