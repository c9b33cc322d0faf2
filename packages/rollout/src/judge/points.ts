import { type Interval, known } from './interval.ts'
import type { JudgePolicy } from './policy.ts'

export type JudgedInstance = {
  id: string
  /** When it said for the first time that it is ready, in Unix time. */
  readySeconds: number
  /** In any order. Of two with the same end, the later one in the list counts. */
  intervals: readonly Interval[]
}

/** One interval of both sides: those instances that had traffic and were warm. */
export type Point = { endSeconds: number; canary: readonly Interval[]; baseline: readonly Interval[] }

export type Side = 'canary' | 'baseline'
export type Sides = Record<Side, readonly JudgedInstance[]>

/** The intervals in which both sides have an instance that counts, in the order of time. */
export function pointsOf(sides: Sides, policy: JudgePolicy): Point[] {
  const [canary, baseline] = [byEnd(sides.canary, policy), byEnd(sides.baseline, policy)]
  return [...canary]
    .flatMap(([endSeconds, own]) => {
      const others = baseline.get(endSeconds)
      return others ? [{ endSeconds, canary: own, baseline: others }] : []
    })
    .sort((a, b) => a.endSeconds - b.endSeconds)
}

/** Those intervals of an instance that count: it was warm, and had traffic. */
export const countedIntervals = (instance: JudgedInstance, policy: JudgePolicy): Interval[] =>
  [...new Map(instance.intervals.map((interval) => [interval.endSeconds, interval])).values()].filter(
    (interval) => isWarm(instance, interval, policy) && (known(interval, 'samplesAdmitted') ?? 0) >= policy.samplesMin,
  )

export const isWarm = (instance: JudgedInstance, { endSeconds }: Interval, policy: JudgePolicy): boolean =>
  endSeconds - policy.intervalSeconds >= instance.readySeconds + policy.warmUpSeconds

function byEnd(instances: readonly JudgedInstance[], policy: JudgePolicy): Map<number, Interval[]> {
  const found = new Map<number, Interval[]>()
  for (const instance of instances) {
    for (const interval of countedIntervals(instance, policy)) {
      const others = found.get(interval.endSeconds)
      if (others) others.push(interval)
      else found.set(interval.endSeconds, [interval])
    }
  }
  return found
}
