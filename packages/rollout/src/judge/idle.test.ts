import fc from 'fast-check'
import { expect, it } from 'vitest'
import { instanceOf, times } from '../testing/instances.ts'
import { idleOf, perSampleAt } from './idle.ts'
import { judge } from './judge.ts'
import { judgeSchema } from './policy.ts'

const intervalSeconds = 15
const seconds = (cores: number) => cores * intervalSeconds

const point = (...uses: [samples: number, cores: number][]) => ({
  baseline: uses.flatMap(
    ([samplesAdmitted, cores]) => instanceOf('a', [{ samplesAdmitted, cpuSeconds: seconds(cores) }]).intervals,
  ),
})

it.each<[string, Parameters<typeof point>[], cores: number]>([
  ['no interval', [], 0],
  ['one instance alone', [[[3_000, 0.016]]], 0],
  [
    'instances with the same traffic',
    [
      [
        [3_000, 0.016],
        [3_000, 0.017],
        [3_000, 0.015],
      ],
    ],
    0,
  ],
  [
    'no traffic at all',
    [
      [
        [0, 0.012],
        [0, 0.012],
      ],
    ],
    0,
  ],
  [
    'little traffic of three',
    [
      [
        [3_000, 0.016],
        [5_000, 0.018_67],
        [7_500, 0.022],
      ],
    ],
    0.012,
  ],
  [
    'little traffic of two',
    [
      [
        [2_000, 0.014_67],
        [6_000, 0.02],
      ],
    ],
    0.012,
  ],
  [
    'twice the traffic for twice the processor',
    [
      [
        [3_000, 0.01],
        [6_000, 0.02],
      ],
    ],
    0,
  ],
  [
    'less processor for more traffic: no more than all of it',
    [
      [
        [3_000, 0.02],
        [6_000, 0.019],
      ],
    ],
    0.02,
  ],
  [
    'one interval of three in which an instance was busy',
    [
      [
        [3_000, 0.016],
        [6_000, 0.02],
      ],
      [
        [3_000, 0.4],
        [6_000, 0.02],
      ],
      [
        [3_000, 0.016],
        [6_000, 0.02],
      ],
    ],
    0.012,
  ],
  [
    'busy processes whose traffic hardly differs',
    [
      [
        [100_000, 0.5],
        [103_000, 0.49],
      ],
    ],
    0,
  ],
])('what a process needs without traffic: %s', (_, intervals, cores) => {
  expect(
    idleOf(
      intervals.map((uses) => point(...uses)),
      intervalSeconds,
    ).cores,
  ).toBeCloseTo(cores, 2.5)
})

it('with the traffic that they have, processes need what they need, however much of it is for no traffic', () => {
  const some = fc.double({ min: 0.001, max: 1_000, noNaN: true })
  fc.assert(
    fc.property(some, some, some, some, (samples, cpuSeconds, idle, other) => {
      const use = { samples, cpuSeconds }
      expect(perSampleAt(samples, use, idle) / (cpuSeconds / samples)).toBeCloseTo(1, 6)
      // With other traffic, between the same for each sample and the same for all of them.
      const [each, all] = [cpuSeconds / samples, cpuSeconds / other].sort((a, b) => a - b) as [number, number]
      const at = perSampleAt(other, use, idle)
      expect(at).toBeGreaterThanOrEqual(each * (1 - 1e-9))
      expect(at).toBeLessThanOrEqual(all * (1 + 1e-9))
    }),
  )
})

/** A canary beside three gateways, with unlike traffic if not said otherwise, which need 2 % of a core without any, and 20 µs for each sample. */
function judged(
  samples: number,
  candidate: { idle?: number; times?: number } = {},
  others: readonly number[] = [4_000, 6_000, 9_000],
) {
  const gateway = (samplesAdmitted: number, { idle = 0.02, times: more = 1 }) =>
    instanceOf(
      'a',
      times(60, () => ({ samplesAdmitted, cpuSeconds: seconds(idle) + samplesAdmitted * 0.000_02 * more })),
    )
  const canary = [gateway(samples, candidate)]
  const baseline = others.map((own) => gateway(own, {}))
  const verdict = judge({ canary, baseline }, judgeSchema.parse({ warmUpSeconds: 0 }), {
    comparedWaves: 1,
    nowSeconds: 905,
  })
  return { verdict, cpu: verdict.findings.find(({ about }) => about === 'cpuSecondsPerSample') }
}

it.each([1_500, 3_000, 6_000, 20_000])(
  'a canary that is no worse passes with %i samples in an interval too',
  (samples) => {
    const { verdict, cpu } = judged(samples)
    expect(verdict.outcome).toBe('pass')
    const ratio = (cpu?.canary ?? 0) / (cpu?.baseline ?? 1)
    expect(ratio).toBeGreaterThan(0.9)
    expect(ratio).toBeLessThan(1.1)
  },
)

it('a canary is not failed for what may be work without traffic, if the others all have the same', () => {
  expect(judged(3_000, {}, [6_000, 6_000, 6_000]).verdict.outcome).toBe('pass')
  expect(judged(6_000, { idle: 0.03 }, [6_000, 6_000, 6_000]).verdict.outcome).toBe('fail')
})

it('the words say that it is compared as if the baseline had its traffic', () => {
  expect(judged(3_000).cpu?.words).toBe(
    'CPU per sample: 120 µs beside the baseline’s 117 µs with as much traffic (+3 %), over 60 intervals. It is no worse.',
  )
})

it.each<[string, Parameters<typeof judged>[1]]>([
  ['2 % of a core more without traffic', { idle: 0.04 }],
  ['three times as much for each sample', { times: 3 }],
])('a canary with little traffic that needs %s fails', (_, candidate) => {
  expect(judged(6_000, candidate).verdict.outcome).toBe('fail')
  expect(judged(4_500, candidate).verdict.outcome).toBe('fail')
})
