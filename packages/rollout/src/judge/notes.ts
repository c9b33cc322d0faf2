import { plural } from '../words.ts'
import { countedIntervals, isWarm, type JudgedInstance, type Point, type Side, type Sides } from './points.ts'
import { type JudgePolicy, limitPoints } from './policy.ts'
import type { Finding } from './verdict.ts'

const sideNames: Record<Side, string> = { canary: 'canary', baseline: 'baseline' }
const sidesOf = ['canary', 'baseline'] as const

/** What the judge left out of the comparison, a sentence each. */
export function notesOf(sides: Sides, policy: JudgePolicy, nowSeconds: number): string[] {
  const notes: string[] = []
  const all = sidesOf.flatMap((side) => sides[side])
  const warmsUp = (instance: JudgedInstance) =>
    instance.intervals.some(
      (interval) => interval.endSeconds > instance.readySeconds && !isWarm(instance, interval, policy),
    )
  // Without a warm-up only the interval in which an instance got ready is left out.
  if (policy.warmUpSeconds > 0 && all.some(warmsUp)) {
    const were = policy.warmUpSeconds === 1 ? 'was' : 'were'
    notes.push(`The first ${policy.warmUpSeconds} s of each instance ${were} left out, because it warms up.`)
  }
  for (const side of sidesOf) {
    for (const { id, intervals } of sides[side]) {
      const seconds = silentSeconds(intervals, nowSeconds)
      if (seconds === null) notes.push(`${id} (${sideNames[side]}) has reported nothing, and is not counted.`)
      else if (seconds > limitPoints * policy.intervalSeconds) {
        notes.push(
          `${id} (${sideNames[side]}) has reported nothing for ${Math.round(seconds)} s, and is not counted since.`,
        )
      }
    }
  }
  return notes
}

const silentSeconds = (intervals: JudgedInstance['intervals'], nowSeconds: number) =>
  intervals.length === 0 ? null : nowSeconds - Math.max(...intervals.map(({ endSeconds }) => endSeconds))

/**
 * Whether there is something to judge *now*. Without traffic an instance is neither good nor bad, also if it was good before.
 * Of a wave that is not compared, only the canary needs traffic.
 */
export function trafficFinding(
  sides: Sides,
  points: readonly Point[],
  policy: JudgePolicy,
  nowSeconds: number,
): Finding {
  const recently = limitPoints * policy.intervalSeconds
  const finding = (outcome: Finding['outcome'], words: string): Finding => ({
    about: 'traffic',
    outcome,
    words,
    canary: null,
    baseline: null,
    tests: null,
  })
  for (const side of policy.compares ? sidesOf : (['canary'] as const)) {
    const ends = sides[side].flatMap((instance) => countedIntervals(instance, policy)).map((each) => each.endSeconds)
    if (ends.some((end) => end > nowSeconds - recently)) continue
    const since = ends.length === 0 ? '' : ` for ${Math.round(nowSeconds - Math.max(...ends))} s`
    const needs = `no warm instance of the ${sideNames[side]} admitted ${plural(policy.samplesMin, 'sample')} in an interval${since}`
    return finding('inconclusive', `There is no traffic to judge: ${needs}.`)
  }
  if (policy.compares && !points.some(({ endSeconds }) => endSeconds > nowSeconds - recently)) {
    return finding('inconclusive', 'Canary and baseline have no recent interval in common.')
  }
  return finding('pass', policy.compares ? 'Both sides have traffic.' : 'The canary has traffic.')
}
