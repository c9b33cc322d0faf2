import { judge } from '../judge/judge.ts'
import type { Sides } from '../judge/points.ts'
import { type JudgePolicy, judgeSchema, pointsPerLook } from '../judge/policy.ts'
import type { Outcome } from '../judge/verdict.ts'
import { type Fault, fleet, type Noise } from './fleet.ts'
import type { Random } from './random.ts'

export const usualPolicy: JudgePolicy = judgeSchema.parse({})
/** A bake of 30 min without its 2 min of warm-up. */
export const usualIntervals = 112

/** What has been seen of a run after so many intervals. */
export const until = (sides: Sides, intervals: number): Sides => ({
  canary: sides.canary.map((each) => ({ ...each, intervals: each.intervals.slice(0, intervals) })),
  baseline: sides.baseline.map((each) => ({ ...each, intervals: each.intervals.slice(0, intervals) })),
})

/** A wave that is judged at each look until it fails or has baked: how it ended, and after how many intervals. */
export function judgeWave(
  random: Random,
  noise: Noise,
  comparedWaves: number,
  fault: Fault = {},
): { outcome: Outcome; intervals: number } {
  const sides = fleet(random, usualIntervals, noise, fault)
  const at = (intervals: number) =>
    judge(until(sides, intervals), usualPolicy, { comparedWaves, nowSeconds: intervals * 15 + 5 }).outcome
  for (let i = usualPolicy.failPointsMin; i < usualIntervals; i += pointsPerLook(usualPolicy)) {
    if (at(i) === 'fail') return { outcome: 'fail', intervals: i }
  }
  return { outcome: at(usualIntervals), intervals: usualIntervals }
}
