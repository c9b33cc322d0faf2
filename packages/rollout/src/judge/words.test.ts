// What the judge says of counts: of none, of one and of many.
import { describe, expect, it } from 'vitest'
import { instanceOf, times } from '../testing/instances.ts'
import { judge } from './judge.ts'
import { type JudgePolicy, judgeSchema } from './policy.ts'

const context = { comparedWaves: 1, nowSeconds: 905 }
const sixty = times(60, () => ({}))
const baseline = [instanceOf('gateway-a', sixty)]
const judged = (canary: ReturnType<typeof instanceOf>[], changes: Partial<JudgePolicy> = {}) =>
  judge({ canary, baseline }, { ...judgeSchema.parse({ warmUpSeconds: 0 }), ...changes }, context)
const words = (verdict: ReturnType<typeof judge>, about: string) =>
  verdict.findings.find((finding) => finding.about === about)?.words

describe('what was left out', () => {
  // Its first interval is the one in which it got ready.
  const canary = [{ ...instanceOf('canary-1', sixty), readySeconds: 5 }]
  it.each<[warmUpSeconds: number, notes: string[]]>([
    [0, []],
    [1, ['The first 1 s of each instance was left out, because it warms up.']],
    [120, ['The first 120 s of each instance were left out, because it warms up.']],
  ])('in a warm-up of %i s', (warmUpSeconds, notes) => {
    expect(judged(canary, { warmUpSeconds }).notes).toEqual(notes)
  })

  it('is nothing if all instances were warm before', () => {
    const warm = { ...instanceOf('canary-1', sixty), readySeconds: -3_600 }
    const sides = { canary: [warm], baseline: [{ ...warm, id: 'gateway-a' }] }
    expect(judge(sides, judgeSchema.parse({}), context).notes).toEqual([])
  })
})

it.each([
  [1, 'The canary lost 1 sample (canary-1: 1). One lost sample is too many.'],
  [1_204, 'The canary lost 1,204 samples (canary-1: 1,204). One lost sample is too many.'],
])('%i lost', (samplesLost, said) => {
  const canary = instanceOf('canary-1', [...sixty.slice(1), { samplesLost }])
  expect(words(judged([canary]), 'samplesLost')).toBe(said)
})

it.each([
  [['canary-1'], 'canary-1 does not report whether it restarted.'],
  [['canary-1', 'canary-2'], 'canary-1, canary-2 do not report whether they restarted.'],
])('restarts that %j do not report', (ids, said) => {
  const canary = ids.map((id) =>
    instanceOf(
      id,
      times(60, () => ({ restarts: null })),
    ),
  )
  expect(words(judged(canary), 'restarts')).toBe(said)
})

it.each([
  [1, 'There is no traffic to judge: no warm instance of the canary admitted 1 sample in an interval.'],
  [100, 'There is no traffic to judge: no warm instance of the canary admitted 100 samples in an interval.'],
])('no traffic, if %i would be enough', (samplesMin, said) => {
  expect(words(judged([instanceOf('canary-1', [])], { samplesMin }), 'traffic')).toBe(said)
})

it('does not speak of a baseline that is not judged', () => {
  const canary = [instanceOf('canary-1', sixty)]
  expect(words(judged(canary, { compares: false }), 'traffic')).toBe('The canary has traffic.')
  expect(words(judged(canary), 'traffic')).toBe('Both sides have traffic.')
})
