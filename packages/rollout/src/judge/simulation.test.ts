import { expect, it } from 'vitest'
import { usualNoise } from '../testing/fleet.ts'
import { randomFrom } from '../testing/random.ts'
import { judgeWave } from '../testing/simulate.ts'

// Few, so that the test takes a second. `npm run bench -- rollout` has as many as the promise needs.
const waves = { good: 12, slower: 20 }

it('an image that is no different is not rolled back, and passes almost always', () => {
  const random = randomFrom(11)
  const outcomes = Array.from({ length: waves.good }, () => judgeWave(random, usualNoise, 2).outcome)
  expect(outcomes.filter((outcome) => outcome === 'fail')).toEqual([])
  expect(outcomes.filter((outcome) => outcome === 'pass').length).toBeGreaterThanOrEqual(waves.good * 0.75)
})

it('an image that is 30 % slower is found, and never passes', () => {
  const random = randomFrom(12)
  const outcomes = Array.from(
    { length: waves.slower },
    () => judgeWave(random, usualNoise, 2, { slowerTimes: 1.3 }).outcome,
  )
  expect(outcomes.filter((outcome) => outcome === 'fail').length).toBeGreaterThanOrEqual(waves.slower * 0.95)
  expect(outcomes).not.toContain('pass')
})
