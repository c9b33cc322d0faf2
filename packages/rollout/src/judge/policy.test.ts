import { expect, it } from 'vitest'
import { bakeSecondsMin, failBelow, judgeSchema, lookAt } from './policy.ts'

const policy = judgeSchema.parse({})

it.each([1, 2, 5])('all looks at all figures of %d waves have a chance of at most 1 % to be wrong', (waves) => {
  let sum = 0
  for (let look = 1; look <= 10_000; look++) {
    sum += failBelow(look, policy, waves) * waves * policy.figures.length * 2
  }
  expect(sum).toBeLessThanOrEqual(0.01)
  expect(sum).toBeGreaterThan(0.0099)
})

it.each<[number, ReturnType<typeof lookAt>]>([
  [19, null],
  [20, { number: 1, points: 20 }],
  [23, { number: 1, points: 20 }],
  [24, { number: 2, points: 24 }],
  [112, { number: 24, points: 112 }],
])('after %d intervals the newest look is %j', (points, look) => {
  expect(lookAt(points, policy)).toEqual(look)
})

it('a canary that can pass after fewer intervals than it usually takes to fail can fail after as few', () => {
  const early = { ...policy, passPointsMin: 10 }
  expect([9, 10, 14].map((points) => lookAt(points, early))).toEqual([
    null,
    { number: 1, points: 10 },
    { number: 2, points: 14 },
  ])
})

it('a look comes once a minute, whatever the interval', () => {
  expect(lookAt(32, { ...policy, intervalSeconds: 5 })).toEqual({ number: 2, points: 32 })
  expect(lookAt(22, { ...policy, intervalSeconds: 300 })).toEqual({ number: 3, points: 22 })
})

it.each([
  [{}, 120 + 50 * 15],
  [{ warmUpSeconds: 0, intervalSeconds: 5 }, 250],
  [{ compares: false }, 120 + 4 * 15],
])('a wave judged with %j bakes for at least %d s', (changes, seconds) => {
  expect(bakeSecondsMin(judgeSchema.parse(changes))).toBe(seconds)
})
